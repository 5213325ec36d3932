//! Horizontal bars as an SVG.

use std::fmt::Write;

const LEFT: f64 = 250.0;
const WIDTH: f64 = 440.0;
const ROW: f64 = 18.0;
const HEADING: f64 = 46.0;
const RIGHT: f64 = 60.0;

pub const BLUE: &str = "#5b8db8";
pub const ORANGE: &str = "#d98c4a";
pub const GREY: &str = "#999";
pub const BLACK: &str = "#333";

pub struct Bar {
    pub name: String,
    pub value: f64,
    /// What stands at the end of the bar.
    pub text: String,
    pub colour: &'static str,
}

/// A vertical line; the last one is as far right as bars go.
#[derive(Clone)]
pub struct Tick {
    pub at: f64,
    pub text: String,
    pub marked: bool,
}

pub struct Block {
    pub heading: String,
    pub bars: Vec<Bar>,
    pub ticks: Vec<Tick>,
}

impl Block {
    fn height(&self) -> f64 {
        HEADING + ROW * self.bars.len() as f64
    }
}

/// About five round numbers from 0 to what is at least `largest`.
pub fn ticks(largest: f64) -> Vec<Tick> {
    let quarter = (largest / 4.0).max(1e-6);
    let power = 10f64.powf(quarter.log10().floor());
    let step = [5.0, 2.0, 1.0].into_iter().map(|n| n * power).find(|&n| n <= quarter).unwrap_or(power);
    let tick = |n: u32| Tick { at: f64::from(n) * step, text: (f64::from(n) * step).to_string(), marked: false };
    (0..=(largest / step).ceil().max(1.0) as u32).map(tick).collect()
}

/// One block below the other.
pub fn draw(blocks: &[Block]) -> String {
    let height: f64 = blocks.iter().map(Block::height).sum::<f64>() + 16.0;
    let total = LEFT + WIDTH + RIGHT;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {total} {height}\" width=\"{total}\" height=\"{height}\" \
         font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n"
    );
    let mut y = 0.0;
    for block in blocks {
        draw_block(&mut svg, block, y);
        y += block.height();
    }
    svg.push_str("</svg>\n");
    svg
}

fn draw_block(svg: &mut String, block: &Block, top: f64) {
    let first = top + HEADING;
    let bottom = top + block.height();
    let scale = WIDTH / block.ticks.last().map_or(1.0, |tick| tick.at);
    let _ = writeln!(svg, "<text x=\"{LEFT}\" y=\"{}\" font-weight=\"bold\">{}</text>", top + 18.0, block.heading);
    for Tick { at, text, marked } in &block.ticks {
        let x = LEFT + at * scale;
        let colour = if *marked { "#c33" } else { "#ddd" };
        let _ = writeln!(svg, "<path d=\"M{x:.1} {first}V{bottom}\" stroke=\"{colour}\"/>");
        let _ = writeln!(svg, "<text x=\"{x:.1}\" y=\"{}\" text-anchor=\"middle\" fill=\"#777\">{text}</text>", first - 6.0);
    }
    for (index, bar) in block.bars.iter().enumerate() {
        let y = first + ROW * index as f64;
        let (text_y, length) = (y + 13.0, bar.value * scale);
        let _ = writeln!(svg, "<text x=\"{}\" y=\"{text_y}\" text-anchor=\"end\">{}</text>", LEFT - 8.0, bar.name);
        let _ = writeln!(
            svg,
            "<rect x=\"{LEFT}\" y=\"{}\" width=\"{length:.1}\" height=\"{}\" fill=\"{}\"/>",
            y + 3.0,
            ROW - 6.0,
            bar.colour
        );
        let _ = writeln!(svg, "<text x=\"{:.1}\" y=\"{text_y}\" fill=\"#555\">{}</text>", LEFT + length + 5.0, bar.text);
    }
}
