//! Two plots beside each other: the chance to find a slowdown over how large it is, and over the samples of a run.

use std::fmt::Write as _;

use goscope_analysis::verdict::PowerPlan;

use super::{Curve, SHARE, SLOWDOWNS};

const WIDTH: f64 = 920.0;
const HEIGHT: f64 = 380.0;
/// Left, top, width and height of the plots.
const PLOTS: [[f64; 4]; 2] = [[56.0, 64.0, 360.0, 260.0], [516.0, 64.0, 360.0, 260.0]];
/// Light and dark; the same hues tell sides apart for color-blind eyes (Okabe and Ito), and dashes help them.
const STYLE: &str = "text { font: 12px system-ui, sans-serif; fill: #1a1f25 } .quiet { fill: #4f5965 } .head { font-weight: 600 } \
    .ground { fill: #ffffff } .grid { stroke: #d5dae0 } .line { fill: none; stroke-width: 2 } \
    .c0 { stroke: #0072b2; fill: #0072b2 } .c1 { stroke: #d55e00; fill: #d55e00 } .c2 { stroke: #009e73; fill: #009e73 } \
    .c3 { stroke: #9a5b85; fill: #9a5b85 } .c4 { stroke: #5b6570; fill: #5b6570 } .line { fill: none } \
    @media (prefers-color-scheme: dark) { text { fill: #e6e9ed } .quiet { fill: #a9b1bb } .ground { fill: #15171b } \
    .grid { stroke: #2f353d } .c0 { stroke: #56b4e9; fill: #56b4e9 } .c1 { stroke: #e69f00; fill: #e69f00 } \
    .c3 { stroke: #cc79a7; fill: #cc79a7 } .c4 { stroke: #a9b1bb; fill: #a9b1bb } .line { fill: none } }";
const DASHES: [&str; 5] = ["", "8 3", "2 3", "8 3 2 3", "5 5"];
/// The largest slowdown of the first plot.
const MOST_SLOWDOWN: f64 = 0.25;
/// Samples of a run at the ends of the second plot.
const SAMPLES: [f64; 2] = [300.0, 100_000.0];

/// The picture.
pub(super) fn power_svg(curves: &[Curve]) -> String {
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\">\n\
         <title>The chance that a slowdown of a function with 20% of the CPU time is found</title>\n\
         <style>{STYLE}</style>\n<rect class=\"ground\" width=\"{WIDTH}\" height=\"{HEIGHT}\"/>\n"
    );
    by_slowdown(&mut svg, curves);
    by_samples(&mut svg, curves.first().map_or(1, |curve| curve.plan.hypotheses));
    svg + "</svg>\n"
}

fn by_slowdown(svg: &mut String, curves: &[Curve]) {
    let plot = Plot(PLOTS[0]);
    let x = |slowdown: f64| slowdown / MOST_SLOWDOWN;
    plot.frame(svg, "over how much slower a function of 20% gets (dots: simulated)");
    for percent in [0, 5, 10, 15, 20, 25] {
        let sign = if percent > 0 { "+" } else { "" };
        plot.tick(svg, x(f64::from(percent) / 100.0), &format!("{sign}{percent}%"));
    }
    for (at, Curve { plan, found }) in curves.iter().enumerate() {
        let points = steps(0.0, MOST_SLOWDOWN).map(|slowdown| (x(slowdown), plan.chance(SHARE, slowdown)));
        plot.curve(svg, at, points);
        for (slowdown, chance) in SLOWDOWNS.into_iter().zip(found) {
            let (left, top) = plot.at(x(slowdown), *chance);
            let _ = writeln!(svg, "<circle class=\"c{at}\" cx=\"{left:.1}\" cy=\"{top:.1}\" r=\"3\"/>");
        }
        let drift =
            if plan.drift > 0.0 { format!(", drift {:.0}%", plan.drift * 100.0) } else { String::new() };
        plot.legend(svg, (0.56, at), &format!("{} runs × {}{drift}", plan.runs, thousands(plan.samples)));
    }
}

fn by_samples(svg: &mut String, hypotheses: u32) {
    let plot = Plot(PLOTS[1]);
    let [least, most] = SAMPLES.map(f64::ln);
    let x = |samples: f64| (samples.ln() - least) / (most - least);
    plot.frame(svg, "over the samples of a run, 5 runs a side");
    for samples in [300.0, 1000.0, 3000.0, 10_000.0, 30_000.0, 100_000.0] {
        plot.tick(svg, x(samples), &thousands(samples));
    }
    for (at, slowdown) in [0.05, 0.1, 0.2, 0.5].into_iter().enumerate() {
        let points = steps(least, most).map(|log| {
            let plan = PowerPlan { runs: 5, samples: log.exp(), hypotheses, alpha: 0.01, drift: 0.0 };
            (x(log.exp()), plan.chance(SHARE, slowdown))
        });
        plot.curve(svg, at, points);
        plot.legend(svg, (0.72, at), &format!("slower by {:.0}%", slowdown * 100.0));
    }
}

/// Numbers from one to another, close together.
fn steps(from: f64, to: f64) -> impl Iterator<Item = f64> {
    (0..=100).map(move |step| from + (to - from) * f64::from(step) / 100.0)
}

fn thousands(samples: f64) -> String {
    if samples >= 1000.0 { format!("{:.0},000", samples / 1000.0) } else { format!("{samples:.0}") }
}

/// Left, top, width and height.
struct Plot([f64; 4]);

impl Plot {
    /// A place, by parts of width and height; 0, 0 is the left lower corner.
    fn at(&self, x: f64, y: f64) -> (f64, f64) {
        let [left, top, width, height] = self.0;
        (left + x * width, top + (1.0 - y) * height)
    }

    fn frame(&self, svg: &mut String, title: &str) {
        let [left, top, width, _] = self.0;
        let heading = "Chance to find a slowdown";
        let _ = writeln!(svg, "<text class=\"head\" x=\"{left}\" y=\"{}\">{heading}</text>", top - 38.0);
        let _ = writeln!(svg, "<text class=\"quiet\" x=\"{left}\" y=\"{}\">{title}</text>", top - 20.0);
        for percent in [0, 25, 50, 75, 100] {
            let (_, y) = self.at(0.0, f64::from(percent) / 100.0);
            let _ = writeln!(
                svg,
                "<line class=\"grid\" x1=\"{left}\" x2=\"{}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>\n\
                 <text class=\"quiet\" x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{percent}%</text>",
                left + width,
                left - 8.0,
                y + 4.0
            );
        }
    }

    fn tick(&self, svg: &mut String, x: f64, text: &str) {
        let (x, y) = self.at(x, 0.0);
        let y = y + 20.0;
        let _ = writeln!(
            svg,
            "<text class=\"quiet\" x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"middle\">{text}</text>"
        );
    }

    fn curve(&self, svg: &mut String, at: usize, points: impl Iterator<Item = (f64, f64)>) {
        let points: Vec<String> = points
            .map(|(x, y)| {
                let (x, y) = self.at(x, y);
                format!("{x:.1},{y:.1}")
            })
            .collect();
        let (dashes, points) = (DASHES[at], points.join(" "));
        let _ = writeln!(
            svg,
            "<polyline class=\"line c{at}\" stroke-dasharray=\"{dashes}\" points=\"{points}\"/>"
        );
    }

    /// The name of a curve, from a part of the width on, in the corner that curves reach last.
    fn legend(&self, svg: &mut String, (from, at): (f64, usize), text: &str) {
        let (x, y) = self.at(from, 0.36);
        let y = y + 18.0 * at as f64;
        let dashes = DASHES[at];
        let _ = writeln!(
            svg,
            "<line class=\"line c{at}\" stroke-dasharray=\"{dashes}\" x1=\"{x:.1}\" x2=\"{:.1}\" y1=\"{:.1}\" y2=\"{:.1}\"/>\n\
             <text x=\"{:.1}\" y=\"{y:.1}\">{text}</text>",
            x + 26.0,
            y - 4.0,
            y - 4.0,
            x + 32.0
        );
    }
}
