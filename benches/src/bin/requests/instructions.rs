use std::io::BufRead;

use benches::{CallMode, Contender, InstructionCounts, RequestKind};

/// The instructions of each contender for each request.
pub(crate) struct Instructions(InstructionCounts);

impl Instructions {
    /// Reads gungraun's output for `counts/requests.rs`.
    pub(crate) fn read(lines: impl BufRead) -> Result<Self, String> {
        InstructionCounts::read(lines).map(Self)
    }

    /// Returns the instructions that the contender adds to the bare service.
    pub(crate) fn overhead(
        &self,
        contender: Contender,
        kind: RequestKind,
        mode: CallMode,
    ) -> Result<i64, String> {
        Ok(self.instructions_of(contender, kind, mode)?
            - self.instructions_of(Contender::Bare, kind, mode)?)
    }

    fn instructions_of(
        &self,
        contender: Contender,
        kind: RequestKind,
        mode: CallMode,
    ) -> Result<i64, String> {
        let (function, id) = name(contender, kind, mode);
        self.0.get(&function, &id)
    }
}

/// Returns the function and the id in `counts/requests.rs`.
fn name(contender: Contender, kind: RequestKind, mode: CallMode) -> (String, String) {
    let contender = match contender {
        Contender::Bare => "bare",
        Contender::ByHand => "by_hand",
        Contender::TowerHttp => "tower_http",
        Contender::TowerHttpMirror => "tower_http_mirror",
        Contender::Ours => "ours",
    };
    let index = RequestKind::ALL.iter().position(|one| *one == kind);
    match (mode, index) {
        (CallMode::Direct, Some(index)) => (contender.to_owned(), format!("request_{index}")),
        (CallMode::Direct, None) => (contender.to_owned(), format!("{kind:?}")),
        (CallMode::ByClone, _) => (format!("{contender}_by_clone"), "allowed".to_owned()),
        (CallMode::WithDrop, _) => (format!("{contender}_dropped"), "allowed".to_owned()),
    }
}
