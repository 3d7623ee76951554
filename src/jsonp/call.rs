use http::StatusCode;

use super::{
    Callback,
    config::{JsonpConfig, Payload, StatusMode},
};

/// What stands around the JSON of one response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonpCall {
    callback: Callback,
    prefix: String,
    suffix: &'static str,
    filler: &'static str,
}

impl JsonpCall {
    /// The function that is called.
    pub fn callback(&self) -> &Callback {
        &self.callback
    }

    /// What stands before the JSON.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// What stands after it.
    pub fn suffix(&self) -> &'static str {
        self.suffix
    }

    /// What stands in the place of JSON that has no byte at all, such as the body of an error, where the
    /// call would else be no program. Without an envelope nothing does: the callback is called without
    /// an argument.
    pub fn filler(&self) -> &'static str {
        self.filler
    }

    /// Begins with a comment, so that the response begins with nothing that is anyone's choice: a file of
    /// another kind could be written in letters alone (CVE-2014-4671). And calls nothing that is no
    /// function, so that a page which no longer waits is not told of an error.
    pub(super) fn of(callback: &Callback, status: StatusCode, config: &JsonpConfig) -> Self {
        let is_enveloped = config.status == StatusMode::Envelope;
        let status = status.as_u16();
        let (before, suffix, filler) = match (is_enveloped, config.payload) {
            (false, Payload::Expression) => (String::new(), ");", ""),
            (false, Payload::JsonParse) => (PARSE.to_owned(), "\"));", "null"),
            (true, Payload::Expression) => {
                (format!("{{\"status\":{status},\"data\":"), "});", "null")
            }
            (true, Payload::JsonParse) => {
                (format!("{{\"status\":{status},\"data\":{PARSE}"), "\")});", "null")
            }
        };
        let prefix = format!("/**/ typeof {callback} === 'function' && {callback}({before}");
        Self { callback: callback.clone(), prefix, suffix, filler }
    }
}

const PARSE: &str = "JSON.parse(\"";
