//! Draws what `jpeg_quality` measured: `cargo run -p vfx-jpeg --example jpeg_curves -- quality.csv curves.svg`.
//!
//! A line of the table: sampling, effort, quality, the peer's bits a pixel, its score, our bits a pixel at that score. Two
//! panels, 4:2:0 and 4:4:4; bits a pixel to the right, logarithmic, SSIMULACRA2 upwards.

use std::fmt::Write;

/// Size of a panel and its margins.
const W: f64 = 360.0;
const H: f64 = 280.0;
const LEFT: f64 = 46.0;
const TOP: f64 = 34.0;

fn main() {
    let mut args = std::env::args().skip(1);
    let table = std::fs::read_to_string(args.next().expect("table.csv")).expect("a table");
    let rows: Vec<Vec<f64>> = table
        .lines()
        .map(|l| l.split(',').map(|v| v.parse().expect("a number")).collect())
        .collect();
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}\" height=\"{}\" font-family=\"sans-serif\" font-size=\"11\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n",
        2.0 * (W + LEFT) + 20.0,
        H + TOP + 40.0
    );
    for (panel, (sampling, title)) in [(420.0, "4:2:0"), (444.0, "4:4:4")].into_iter().enumerate() {
        let left = LEFT + panel as f64 * (W + LEFT + 10.0);
        let x = |bpp: f64| left + (bpp / 0.5).ln() / 6f64.ln() * W;
        let y = |score: f64| TOP + (92.0 - score) / 38.0 * H;
        for bpp in [0.5, 0.7, 1.0, 1.4, 2.0, 3.0] {
            let at = x(bpp);
            let _ = writeln!(
                svg,
                "<path d=\"M{at:.1} {TOP}v{H}\" stroke=\"#ddd\"/><text x=\"{at:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{bpp}</text>",
                TOP + H + 14.0
            );
        }
        for score in [55, 60, 65, 70, 75, 80, 85, 90] {
            let at = y(f64::from(score));
            let _ = writeln!(
                svg,
                "<path d=\"M{left} {at:.1}h{W}\" stroke=\"#ddd\"/><text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{score}</text>",
                left - 5.0,
                at + 4.0
            );
        }
        let _ = writeln!(
            svg,
            "<text x=\"{:.1}\" y=\"20\" text-anchor=\"middle\" font-size=\"13\">{title}: SSIMULACRA2 over bits a pixel</text>",
            left + W / 2.0
        );
        for (i, (name, effort, column, colour)) in [
            ("cjpegli", 4.0, 3, "#999999"),
            ("effort 4", 4.0, 5, "#1f77b4"),
            ("effort 7", 7.0, 5, "#d62728"),
        ]
        .into_iter()
        .enumerate()
        {
            let mut points: Vec<(f64, f64)> = rows
                .iter()
                .filter(|r| (r[0], r[1]) == (sampling, effort))
                .map(|r| (r[column], r[4]))
                .collect();
            points.sort_by(|a, b| a.0.total_cmp(&b.0));
            let path: String = points
                .iter()
                .map(|(b, s)| format!("{:.1},{:.1} ", x(*b), y(*s)))
                .collect();
            let key = TOP + H - 46.0 + 15.0 * i as f64;
            let _ = writeln!(
                svg,
                "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.6\"/>\
                 <path d=\"M{:.1} {key}h22\" stroke=\"{colour}\" stroke-width=\"2\"/><text x=\"{:.1}\" y=\"{:.1}\">{name}</text>",
                path.trim_end(),
                left + W - 92.0,
                left + W - 64.0,
                key + 4.0
            );
        }
    }
    svg += "</svg>\n";
    std::fs::write(args.next().expect("curves.svg"), svg).expect("written");
}
