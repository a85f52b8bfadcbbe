// Whether figures that were taken over time are flat.

// The straight line through [{at, value}] (least squares): where it begins and ends.
export function trend(points) {
    const n = points.length;
    const mean = (of) => points.reduce((sum, one) => sum + of(one), 0) / n;
    const [x, y] = [mean(({ at }) => at), mean(({ value }) => value)];
    const spread = points.reduce((sum, { at }) => sum + (at - x) ** 2, 0);
    const slope = spread === 0 ? 0 : points.reduce((sum, { at, value }) => sum + (at - x) * (value - y), 0) / spread;
    const line = (at) => y + slope * (at - x);
    return { begin: line(points[0].at), end: line(points.at(-1).at) };
}

export const growth = ({ begin, end }) => (end - begin) / begin;
export const flatness = (of) => `${of.begin.toFixed(1)} -> ${of.end.toFixed(1)} (${(growth(of) * 100).toFixed(1)} %)`;

// Of [{at, resident, descriptors}], the last two thirds count: before that caches and pools fill. Memory may change by 3 %,
// descriptors by 3 % or 8.
export function judge(samples, failures) {
    const late = samples.slice(Math.ceil(samples.length / 3));
    const of = (member) => trend(late.map((one) => ({ at: one.at, value: one[member] })));
    const [resident, descriptors] = [of('resident'), of('descriptors')];
    const problems = [];
    if (growth(resident) > 0.03) problems.push(`resident memory grew: ${flatness(resident)}`);
    if (growth(descriptors) > 0.03 && descriptors.end - descriptors.begin > 8) problems.push(`descriptors grew: ${flatness(descriptors)}`);
    if (failures.length > 0) problems.push(`${failures.length} things failed, the first: ${failures[0]}`);
    return { resident, descriptors, problems };
}
