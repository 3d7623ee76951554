//! Words, as a file has them.

use crate::{
    config::file::words,
    jsonp::{Payload, StatusMode, config::Credentials},
};

words!(StatusMode, "\"force-ok\", \"preserve\" or \"envelope\"", {
    ForceOk => "force-ok",
    Preserve => "preserve",
    Envelope => "envelope",
});

words!(Payload, "\"expression\" or \"json-parse\"", {
    Expression => "expression",
    JsonParse => "json-parse",
});

words!(Credentials, "\"withhold\", \"strip\" or \"dangerously-allow\"", {
    Withhold => "withhold",
    Strip => "strip",
    Allow => "dangerously-allow",
});
