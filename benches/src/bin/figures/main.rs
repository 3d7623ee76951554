//! Reads gungraun's counts from standard input, and compares them with `figures.json` or records them there.
//!
//! `figures check` fails if a count has grown by more than 2 % in relation to its baseline in the same binary.
//! `figures record` writes the counts, and draws the pictures. `figures draw` only draws the pictures.

mod check;
mod data;
mod pictures;

use std::{env, fs, io, path::Path};

use self::data::Figures;

fn main() -> Result<(), String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let file = folder.join("figures.json");
    let recorded = || -> Result<Figures, String> {
        let text = fs::read_to_string(&file).map_err(|error| error.to_string())?;
        Figures::parse(&text)
    };
    match env::args().nth(1).as_deref() {
        Some("check") => check::check(&Figures::from_counts(io::stdin().lock())?, &recorded()?),
        Some("record") => {
            let mut figures = recorded().unwrap_or_default();
            figures.replace(Figures::from_counts(io::stdin().lock())?);
            fs::write(&file, figures.to_text()).map_err(|error| error.to_string())?;
            pictures::draw(&figures, folder)
        }
        Some("draw") => pictures::draw(&recorded()?, folder),
        _ => Err("usage: figures check|record|draw".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_show_the_recorded_figures() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
        let text = fs::read_to_string(folder.join("figures.json")).unwrap();
        let figures = Figures::parse(&text).unwrap();
        assert_eq!(figures.to_text(), text);
        for (name, expected) in pictures::pictures(&figures).unwrap() {
            let drawn = fs::read_to_string(folder.join("pictures").join(&name)).unwrap();
            assert_eq!(drawn, expected, "{name}");
        }
    }

    #[test]
    fn grown_count_is_a_fault() {
        let figures = |ours: i64, by_hand: i64| {
            let text = format!(
                r#"{{"requests": {{"ours": {{"a": {ours}}}, "by_hand": {{"a": {by_hand}}}, "bare": {{"a": 1}}}}}}"#
            );
            Figures::parse(&text).unwrap()
        };
        let recorded = figures(1_500, 1_000);
        for (ours, by_hand, is_fault) in [
            (1_500, 1_000, false),
            (1_529, 1_000, false),
            (1_531, 1_000, true),
            (1_500, 970, true),
            // Another compiler changes both.
            (3_000, 2_000, false),
            (1_000, 1_000, false),
        ] {
            let result = check::check(&figures(ours, by_hand), &recorded);
            assert_eq!(result.is_err(), is_fault, "{ours}, {by_hand}: {result:?}");
        }
        assert!(check::check(&recorded, &Figures::default()).is_err());
    }
}
