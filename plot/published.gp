# published.gp - the curves of published.csv whose work is that of a panel: what others measured.
#
# Set before  here, panels, has_real_rows.
#             Simulated cores are compared with nobody's: without a real row there are none.
# Gives       published_file; known, their names; known_in, a list of "panel.curve" where there is
#             one; is_known(i, p), whether a row is of the i-th curve and belongs to a panel;
#             known_text(i), known_shape(i) for the legend.

published_file = here."published.csv"
known_work(x) = field("workload").",".NBSP."size".NBSP.field("size").","
is_of(p) = strstrt(word(panels, p).",", known_work(0)) == 1
has_value(p) = has_real_rows && is_of(p) && published(0) == published(0)
is_known(i, p) = is_of(p) && field("of") eq word(known, i)
known = ""
known_in = ""
do for [p = 1:words(panels)] {
	stats published_file using (has_value(p) ? (known = with_name(known, field("of")), 1) : 1) nooutput
}
do for [p = 1:words(panels)] {
	do for [i = 1:words(known)] {
		stats published_file using (has_value(p) && is_known(i, p) \
			? (known_in = with_name(known_in, sprintf("%d.%d", p, i)), 1) : 1) nooutput
	}
}
known_text(i) = "published: ".word(known, i)
known_shape(i) = int(word("6 4 8 10 12", i))
