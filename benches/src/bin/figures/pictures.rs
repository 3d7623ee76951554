//! Draws the pictures of the README, in a light and a dark version.

mod lookups;
mod requests;

use std::{fs, path::Path};

use plotters::prelude::RGBColor;

use crate::data::Figures;

/// Draws all pictures into the folder `pictures`.
pub(crate) fn draw(figures: &Figures, folder: &Path) -> Result<(), String> {
    for (name, text) in pictures(figures)? {
        let file = folder.join("pictures").join(name);
        fs::write(file, text).map_err(|error| error.to_string())?;
    }
    Ok(())
}

/// Returns the file name and the SVG of each picture.
pub(crate) fn pictures(figures: &Figures) -> Result<Vec<(String, String)>, String> {
    let mut pictures = Vec::new();
    for theme in [LIGHT, DARK] {
        for (picture, text) in [
            ("requests", requests::draw(figures, theme)?),
            ("lookups", lookups::draw(figures, theme)?),
        ] {
            pictures.push((format!("{picture}-{}.svg", theme.name), text));
        }
    }
    Ok(pictures)
}

/// The colors of a picture.
#[derive(Clone, Copy)]
struct Theme {
    name: &'static str,
    background: RGBColor,
    text: RGBColor,
    grid: RGBColor,
    ours: RGBColor,
    by_hand: RGBColor,
    other: RGBColor,
}

const LIGHT: Theme = Theme {
    name: "light",
    background: RGBColor(255, 255, 255),
    text: RGBColor(31, 35, 40),
    grid: RGBColor(218, 222, 227),
    ours: RGBColor(9, 105, 218),
    by_hand: RGBColor(110, 119, 129),
    other: RGBColor(188, 76, 0),
};

const DARK: Theme = Theme {
    name: "dark",
    background: RGBColor(13, 17, 23),
    text: RGBColor(230, 237, 243),
    grid: RGBColor(48, 54, 61),
    ours: RGBColor(88, 166, 255),
    by_hand: RGBColor(139, 148, 158),
    other: RGBColor(240, 136, 62),
};

/// The width of a picture. A phone shows about 360 of its own pixels, so that text of 16 remains readable.
const WIDTH: u32 = 480;

const FONT: &str = "sans-serif";
