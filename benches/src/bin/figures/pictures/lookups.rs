use std::fmt::Display;

use plotters::{
    prelude::{ChartBuilder, Circle, Color, IntoDrawingArea, IntoLogRange, LineSeries, SVGBackend},
    style::{IntoFont, RGBColor, TextStyle},
};

use super::{FONT, Theme, WIDTH};
use crate::data::Figures;

/// Draws the instructions of a lookup by the number of origins, as lines.
pub(super) fn draw(figures: &Figures, theme: Theme) -> Result<String, String> {
    let contenders = [
        ("contains", "tower-cross-origin", theme.ours),
        ("hash_set", "HashSet", theme.by_hand),
        ("list", "list, as in tower-http", theme.other),
    ];
    let mut text = String::new();
    {
        let area = SVGBackend::with_string(&mut text, (WIDTH, HEIGHT)).into_drawing_area();
        area.fill(&theme.background).map_err(message)?;
        let style = |size: i32| -> TextStyle<'_> { (FONT, size).into_font().color(&theme.text) };
        let mut chart = ChartBuilder::on(&area)
            .caption("Instructions to find an origin", style(18))
            .margin(12)
            .margin_right(24)
            .x_label_area_size(48)
            .y_label_area_size(76)
            .build_cartesian_2d(
                (1_f64..1_000_000_f64).log_scale(),
                (10_f64..1_000_000_f64).log_scale(),
            )
            .map_err(message)?;
        chart
            .configure_mesh()
            .x_desc("origins")
            .x_label_style(style(15))
            .y_label_style(style(15))
            .axis_desc_style(style(15))
            .x_label_formatter(&|number| short(*number))
            .y_label_formatter(&|number| short(*number))
            .x_labels(7)
            .y_labels(6)
            .axis_style(theme.grid)
            .bold_line_style(theme.grid)
            .light_line_style(theme.background)
            .draw()
            .map_err(message)?;
        for (function, title, color) in contenders {
            let points = points(figures, function);
            let line = LineSeries::new(points.iter().copied(), color.stroke_width(3));
            chart
                .draw_series(line)
                .map_err(message)?
                .label(title)
                .legend(move |(x, y)| Circle::new((x + 8, y), 6, color.filled()));
            let circles = points.iter().map(|point| Circle::new(*point, 4, color.filled()));
            chart.draw_series(circles).map_err(message)?;
        }
        chart
            .configure_series_labels()
            .position(plotters::prelude::SeriesLabelPosition::UpperLeft)
            .label_font(style(15))
            .background_style(theme.background)
            .border_style(RGBColor(theme.grid.0, theme.grid.1, theme.grid.2))
            .draw()
            .map_err(message)?;
        area.present().map_err(message)?;
    }
    Ok(text)
}

/// Returns the numbers of origins and the instructions of a lookup that finds one.
fn points(figures: &Figures, function: &str) -> Vec<(f64, f64)> {
    let point = |(origins, id): (f64, &str)| {
        let count = figures.get("origins", function, id).ok()?;
        #[allow(clippy::cast_precision_loss)] // all counts are far below 2^52
        Some((origins, count as f64))
    };
    HITS.into_iter().filter_map(point).collect()
}

fn short(number: f64) -> String {
    if number >= 1_000_000.0 {
        format!("{}M", number / 1_000_000.0)
    } else if number >= 1_000.0 {
        format!("{}k", number / 1_000.0)
    } else {
        number.to_string()
    }
}

fn message(error: impl Display) -> String {
    error.to_string()
}

/// The sizes of the sets that contain the origin, with the ids of `counts/origins.rs`.
const HITS: [(f64, &str); 5] = [
    (1.0, "small_0"),
    (4.0, "small_3"),
    (100.0, "small_6"),
    (10_000.0, "small_9"),
    (1_000_000.0, "large_0"),
];

const HEIGHT: u32 = 400;
