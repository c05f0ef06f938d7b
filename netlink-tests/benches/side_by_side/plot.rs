//! Lines over two logarithmic axes, as SVG: percent against seconds. Not for anything else.

use std::fmt::Write;
use std::path::Path;

#[derive(Debug)]
pub(crate) struct Line {
    pub name: &'static str,
    pub colour: &'static str,
    /// Seconds, percent.
    pub points: Vec<(f64, f64)>,
}

const SIZE: (f64, f64) = (720.0, 420.0);
/// Of the part that is drawn in: left, top, right, bottom.
const FRAME: (f64, f64, f64, f64) = (64.0, 44.0, 560.0, 368.0);
const SECONDS: [f64; 7] = [1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0];
const PERCENT: [f64; 5] = [0.01, 0.1, 1.0, 10.0, 100.0];

fn x(seconds: f64) -> f64 {
    FRAME.0 + seconds.ln() / 60_f64.ln() * (FRAME.2 - FRAME.0)
}

fn y(percent: f64) -> f64 {
    let decades = (percent.max(PERCENT[0]) / PERCENT[0]).log10();
    FRAME.3 - decades / 4.0 * (FRAME.3 - FRAME.1)
}

/// Names stand at the ends of their lines, the highest first, and never upon each other.
pub(crate) fn write(path: &Path, title: &str, lines: &[Line]) {
    let mut svg = String::new();
    let (width, height) = SIZE;
    let about = "font-family=\"sans-serif\" font-size=\"13\" fill=\"#333\"";
    let head = format!("xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" role=\"img\"");
    writeln!(svg, "<svg {head} {about}>\n<title>{title}</title>").expect("a string");
    writeln!(svg, "<rect width=\"{width}\" height=\"{height}\" fill=\"#fff\"/>").expect("a string");
    text(&mut svg, FRAME.0, 24.0, "start", title);
    for seconds in SECONDS {
        grid(&mut svg, (x(seconds), FRAME.1), (x(seconds), FRAME.3));
        text(&mut svg, x(seconds), FRAME.3 + 20.0, "middle", &format!("{seconds} s"));
    }
    for percent in PERCENT {
        grid(&mut svg, (FRAME.0, y(percent)), (FRAME.2, y(percent)));
        text(&mut svg, FRAME.0 - 8.0, y(percent) + 4.0, "end", &format!("{percent} %"));
    }
    text(&mut svg, (FRAME.0 + FRAME.2) / 2.0, FRAME.3 + 42.0, "middle", "from one sample to the next");
    let mut ends: Vec<(f64, &Line)> =
        lines.iter().filter_map(|line| Some((y(line.points.last()?.1), line))).collect();
    ends.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut free = FRAME.1;
    for (end, line) in ends {
        let points: Vec<String> =
            line.points.iter().map(|&(s, p)| format!("{:.1},{:.1}", x(s), y(p))).collect();
        let (colour, points) = (line.colour, points.join(" "));
        let pen = "fill=\"none\" stroke-width=\"2.5\" stroke-linejoin=\"round\"";
        writeln!(svg, "<polyline {pen} stroke=\"{colour}\" points=\"{points}\"/>").expect("a string");
        free = end.max(free + 16.0);
        let at = format!("x=\"{}\" y=\"{:.1}\"", FRAME.2 + 10.0, free + 4.0);
        writeln!(svg, "<text {at} fill=\"{colour}\">{}</text>", line.name).expect("a string");
    }
    svg.push_str("</svg>\n");
    std::fs::write(path, svg).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
}

fn grid(svg: &mut String, from: (f64, f64), to: (f64, f64)) {
    let ((x1, y1), (x2, y2)) = (from, to);
    let ends = format!("x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\"");
    writeln!(svg, "<line {ends} stroke=\"#ddd\"/>").expect("a string");
}

fn text(svg: &mut String, x: f64, y: f64, anchor: &str, words: &str) {
    writeln!(svg, "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{words}</text>")
        .expect("a string");
}
