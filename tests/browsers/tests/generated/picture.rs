//! Draws the recorded results: a line for each group of techniques, and a column for each engine.

use anyhow::{Context, Result};
use browsers::{Engine, Results};
use serde_json::Value;
use svg::{
    Document,
    node::{
        Blob,
        element::{Description, Line, Rectangle, Style, Text, Title},
    },
};

/// Returns the picture as SVG, with light and dark colors.
pub fn draw() -> Result<String> {
    let columns = Engine::ALL.map(Column::read).into_iter().collect::<Result<Vec<_>>>()?;
    let titles: Vec<_> = columns[0].lines.iter().map(|(title, _)| title.clone()).collect();
    let height = FIRST_LINE + LINE_HEIGHT * titles.len() + LEGEND_HEIGHT;
    let mut document = Document::new()
        .set("id", ID)
        .set("role", "img")
        .set("viewBox", (0, 0, WIDTH, height))
        .set("width", WIDTH)
        .set("height", height)
        .set("style", "max-width: 100%; height: auto")
        .add(Title::new("Tests in three browser engines"))
        .add(Description::new().add(Blob::new("The number of rows by technique and engine")))
        .add(Style::new(colors()))
        .add(background(height));
    for (column, x) in columns.iter().zip(COLUMNS) {
        let name = text(x, 28, "head", &column.engine).set("text-anchor", "middle");
        let version = text(x, 46, "soft", &column.version).set("text-anchor", "middle");
        document = document.add(name).add(version);
    }
    for (index, title) in titles.iter().enumerate() {
        let y = FIRST_LINE + LINE_HEIGHT * index;
        let rule = y + 17 - LINE_HEIGHT;
        let line = Line::new().set("x1", 0).set("x2", WIDTH).set("y1", rule).set("y2", rule);
        let style = if title == ALL { "head" } else { "plain" };
        document = document.add(line).add(text(16, y, style, title));
        for (column, x) in columns.iter().zip(COLUMNS) {
            for text in column.lines[index].1.draw(x, y) {
                document = document.add(text);
            }
        }
    }
    let legend = FIRST_LINE + LINE_HEIGHT * titles.len() + 6;
    for (index, (style, line)) in LEGEND.iter().enumerate() {
        document = document.add(text(16, legend + 21 * index, style, line));
    }
    Ok(format!("{document}\n"))
}

/// The results of one engine.
struct Column {
    engine: String,
    version: String,
    lines: Vec<(String, Counts)>,
}

impl Column {
    fn read(engine: Engine) -> Result<Self> {
        let results = Results::read(engine)?;
        let version = results.get("version").as_str().context("a version")?;
        let version: Vec<_> = version.split('.').take(2).collect();
        let mut lines = Vec::new();
        for group in results.get("techniques").as_array().context("the techniques")? {
            let title = group["title"].as_str().context("a title")?;
            lines.push((title.to_owned(), Counts::from(group)));
        }
        let rows = results.get("rows").as_object().context("the rows of the playground")?;
        let red = rows.values().filter(|outcome| *outcome != "green").count() as u64;
        let rows = rows.len() as u64;
        lines.push(("Playground".to_owned(), Counts { rows, differences: red, missing: 0 }));
        let sum = |count: fn(&Counts) -> u64| lines.iter().map(|(_, counts)| count(counts)).sum();
        let all = Counts {
            rows: sum(|counts| counts.rows),
            differences: sum(|counts| counts.differences),
            missing: sum(|counts| counts.missing),
        };
        lines.push((ALL.to_owned(), all));
        Ok(Self { engine: format!("{engine:?}"), version: version.join("."), lines })
    }
}

struct Counts {
    rows: u64,
    differences: u64,
    missing: u64,
}

impl Counts {
    /// Draws the required outcomes, and all others below in small letters.
    fn draw(&self, x: usize, y: usize) -> Vec<Text> {
        let middle = |text: Text| text.set("text-anchor", "middle");
        let required = self.rows - self.differences - self.missing;
        let mut texts = vec![middle(text(x, y, "good", &format!("{required}\u{a0}✓")))];
        let others = [(self.differences, "≠"), (self.missing, "–")].into_iter();
        let others: Vec<_> = others
            .filter(|(count, _)| *count > 0)
            .map(|(count, mark)| format!("{count}\u{a0}{mark}"))
            .collect();
        if !others.is_empty() {
            let style = if self.differences > 0 { "small other" } else { "small soft" };
            texts.push(middle(text(x, y + 13, style, &others.join(" "))));
        }
        texts
    }
}

impl From<&Value> for Counts {
    fn from(group: &Value) -> Self {
        let count = |key: &str| group[key].as_u64().unwrap_or_default();
        Self { rows: count("rows"), differences: count("differences"), missing: count("missing") }
    }
}

fn text(x: usize, y: usize, style: &str, content: &str) -> Text {
    Text::new(content).set("x", x).set("y", y).set("class", style)
}

fn background(height: usize) -> Rectangle {
    let inner = |size: usize| size - 1;
    Rectangle::new()
        .set("x", 0.5)
        .set("y", 0.5)
        .set("width", inner(WIDTH))
        .set("height", inner(height))
        .set("rx", 8)
        .set("class", "card")
}

/// Returns the rules for this picture only, because the documentation contains it without a frame.
fn colors() -> String {
    let of_picture = |rules: &str| rules.replace('&', &format!("#{ID}"));
    format!("{}@media (prefers-color-scheme: dark) {{{}}}", of_picture(LIGHT), of_picture(DARK))
}

const ID: &str = "tested-engines";
const ALL: &str = "All rows";
const WIDTH: usize = 440;
const COLUMNS: [usize; 3] = [218, 304, 386];
const FIRST_LINE: usize = 81;
const LINE_HEIGHT: usize = 36;
const LEGEND_HEIGHT: usize = 60;

const LEGEND: [(&str, &str); 3] = [
    ("good", "✓ the outcome that the standards define"),
    ("other", "≠ a known difference of the engine"),
    ("soft", "– the engine does not have the technique"),
];

const LIGHT: &str = "& text { font: 15px system-ui, sans-serif; fill: #1f2328 } \
    & .head { font-weight: 600 } & .good { fill: #116329 } & .other { fill: #953800 } \
    & .soft { fill: #59636e } & .small { font-size: 12px } & .card { fill: #ffffff; stroke: #d1d9e0 } & line { stroke: #d1d9e0 } ";
const DARK: &str = "& text { fill: #f0f6fc } & .good { fill: #56d364 } & .other { fill: #f0883e } \
    & .soft { fill: #9198a1 } & .card { fill: #0d1117; stroke: #3d444d } & line { stroke: #3d444d } ";
