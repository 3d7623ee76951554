use std::fmt::Display;

use benches::group_digits;
use plotters::{
    coord::Shift,
    prelude::{Color, DrawingArea, IntoDrawingArea, Rectangle, SVGBackend, Text},
    style::{IntoFont, RGBColor, TextStyle},
};

use super::{FONT, Theme, WIDTH};
use crate::data::Figures;

/// Draws the instructions that each contender adds to a request, as bars.
pub(super) fn draw(figures: &Figures, theme: Theme) -> Result<String, String> {
    let added = |function: &str, index: usize| -> Result<i64, String> {
        let id = format!("request_{index}");
        Ok(figures.get("requests", function, &id)? - figures.get("requests", "bare", &id)?)
    };
    let contenders = [
        ("ours", "tower-cross-origin", theme.ours),
        ("by_hand", "by hand", theme.by_hand),
        ("tower_http", "tower-http", theme.other),
    ];
    let mut text = String::new();
    {
        let area = SVGBackend::with_string(&mut text, (WIDTH, HEIGHT)).into_drawing_area();
        area.fill(&theme.background).map_err(message)?;
        write(&area, "Instructions that CORS adds to a request", (MARGIN, 10), 18, theme.text)?;
        let mut left = MARGIN;
        for (_, title, color) in contenders {
            area.draw(&Rectangle::new([(left, 42), (left + 12, 54)], color.filled()))
                .map_err(message)?;
            write(&area, title, (left + 18, 40), 16, theme.text)?;
            left += LEGEND;
        }
        let mut top = 72;
        for (index, title) in REQUESTS.into_iter().enumerate() {
            write(&area, title, (MARGIN, top), 16, theme.text)?;
            top += 22;
            for (function, _, color) in contenders {
                let count = added(function, index)?;
                let length =
                    i32::try_from(count.max(0) * MAX_LENGTH / MAX_COUNT).map_err(message)?;
                let corners = [(MARGIN, top), (MARGIN + length.max(1), top + BAR - 3)];
                area.draw(&Rectangle::new(corners, color.filled())).map_err(message)?;
                let at = (MARGIN + length + 6, top - 1);
                write(&area, &group_digits(count), at, 15, theme.text)?;
                top += BAR;
            }
            top += 10;
        }
        area.present().map_err(message)?;
    }
    Ok(text)
}

fn write(
    area: &DrawingArea<SVGBackend<'_>, Shift>,
    text: &str,
    at: (i32, i32),
    size: i32,
    color: RGBColor,
) -> Result<(), String> {
    let style: TextStyle<'_> = (FONT, size).into_font().color(&color);
    area.draw(&Text::new(text.to_owned(), at, style)).map_err(message)
}

fn message(error: impl Display) -> String {
    error.to_string()
}

/// The titles of the first kinds of requests.
const REQUESTS: [&str; 5] = [
    "no Origin",
    "origin that is not allowed",
    "allowed origin",
    "allowed preflight",
    "preflight that is not allowed",
];

const HEIGHT: u32 = 510;
const MARGIN: i32 = 14;
const LEGEND: i32 = 160;
const BAR: i32 = 18;
/// The length of a bar of [`MAX_COUNT`] instructions.
const MAX_LENGTH: i64 = 380;
const MAX_COUNT: i64 = 5_600;
