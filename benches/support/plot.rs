//! The ratios as a bar plot.

use crate::report::Table;
use std::fmt::Write;

const LEFT: f64 = 250.0;
const WIDTH: f64 = 440.0;
const ROW: f64 = 18.0;
const HEADING: f64 = 46.0;
const RIGHT: f64 = 60.0;

/// An SVG with a block of horizontal bars for each table, ratio 1 marked.
pub fn bars(tables: &[Table]) -> String {
    let largest = tables.iter().flat_map(|t| &t.rows).map(|row| row.ratio).fold(1.0, f64::max);
    let scale = WIDTH / (largest * 4.0).ceil().max(5.0) * 4.0;
    let height: f64 = tables.iter().map(|t| HEADING + ROW * (t.rows.len() + 1) as f64).sum::<f64>() + 16.0;
    let total = LEFT + WIDTH + RIGHT;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {total} {height}\" width=\"{total}\" height=\"{height}\" \
         font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n"
    );
    let mut y = 0.0;
    for table in tables {
        block(&mut svg, table, y, scale);
        y += HEADING + ROW * (table.rows.len() + 1) as f64;
    }
    svg.push_str("</svg>\n");
    svg
}

fn block(svg: &mut String, table: &Table, top: f64, scale: f64) {
    let first = top + HEADING;
    let bottom = first + ROW * (table.rows.len() + 1) as f64;
    let _ = writeln!(
        svg,
        "<text x=\"{LEFT}\" y=\"{}\" font-weight=\"bold\">{}: time on ours / on the reference (shorter is better)</text>",
        top + 18.0,
        table.title
    );
    let mut tick = 0.0;
    while tick * scale <= WIDTH + 0.5 {
        let x = LEFT + tick * scale;
        let colour = if tick == 1.0 { "#c33" } else { "#ddd" };
        let _ = writeln!(svg, "<path d=\"M{x:.1} {first}V{bottom}\" stroke=\"{colour}\"/>");
        let _ = writeln!(svg, "<text x=\"{x:.1}\" y=\"{}\" text-anchor=\"middle\" fill=\"#777\">{tick}</text>", first - 6.0);
        tick += 0.25;
    }
    let rows = table.rows.iter().map(|row| (row.name.as_str(), row.ratio));
    for (index, (name, ratio)) in rows.chain([("geometric mean", table.mean())]).enumerate() {
        let y = first + ROW * index as f64;
        let colour = match (name, ratio) {
            ("geometric mean", _) => "#333",
            (_, ratio) if ratio > 1.0 => "#d98c4a",
            _ => "#5b8db8",
        };
        let (text_y, length) = (y + 13.0, ratio * scale);
        let _ = writeln!(svg, "<text x=\"{}\" y=\"{text_y}\" text-anchor=\"end\">{name}</text>", LEFT - 8.0);
        let _ = writeln!(
            svg,
            "<rect x=\"{LEFT}\" y=\"{}\" width=\"{length:.1}\" height=\"{}\" fill=\"{colour}\"/>",
            y + 3.0,
            ROW - 6.0
        );
        let _ = writeln!(svg, "<text x=\"{:.1}\" y=\"{text_y}\" fill=\"#555\">{ratio:.2}</text>", LEFT + length + 5.0);
    }
}
