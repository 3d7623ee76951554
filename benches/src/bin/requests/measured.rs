use std::io::BufRead;

use benches::{Asked, Contender, Counted, Way};

/// How many instructions each contender took for each request.
pub(crate) struct Instructions(Counted);

impl Instructions {
    /// Reads what gungraun prints of `counts/requests.rs`.
    pub(crate) fn read(lines: impl BufRead) -> Result<Self, String> {
        Counted::read(lines).map(Self)
    }

    /// What the contender takes beyond the bare service.
    pub(crate) fn added(&self, by: Contender, asked: Asked, way: Way) -> Result<i64, String> {
        Ok(self.taken(by, asked, way)? - self.taken(Contender::Bare, asked, way)?)
    }

    fn taken(&self, by: Contender, asked: Asked, way: Way) -> Result<i64, String> {
        let (function, id) = name(by, asked, way);
        self.0.taken(&function, &id)
    }
}

/// Function and id, as they stand in `counts/requests.rs`.
fn name(by: Contender, asked: Asked, way: Way) -> (String, String) {
    let contender = match by {
        Contender::Bare => "bare",
        Contender::ByHand => "by_hand",
        Contender::TowerHttp => "tower_http",
        Contender::TowerHttpMirror => "tower_http_mirror",
        Contender::Ours => "ours",
    };
    let place = Asked::ALL.iter().position(|one| *one == asked);
    match (way, place) {
        (Way::Directly, Some(place)) => (contender.to_owned(), format!("asked_{place}")),
        (Way::Directly, None) => (contender.to_owned(), format!("{asked:?}")),
        (Way::ByClone, _) => (format!("{contender}_by_clone"), "allowed".to_owned()),
        (Way::Dropped, _) => (format!("{contender}_dropped"), "allowed".to_owned()),
    }
}
