use std::path::PathBuf;

use lexopt::{
    Arg::{Long, Short, Value},
    Parser, ValueExt,
};

use crate::call::{Call, CallError, CallOptions, parse_credentials, parse_destination, parse_url};

/// A command of the command line.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Command {
    Lint { file: PathBuf },
    Explain { file: PathBuf, request: RequestSource },
    Diff { old: PathBuf, new: PathBuf },
    Help,
}

/// The description of the request to explain.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum RequestSource {
    Call(Call),
    /// A curl command.
    Curl(String),
    /// A curl command in the standard input.
    CurlInput,
}

impl Command {
    pub(crate) fn parse(mut parser: Parser) -> Result<Self, lexopt::Error> {
        let mut values = Vec::new();
        let mut options = CallOptions::default();
        let mut curl = None;
        while let Some(argument) = parser.next()? {
            match argument {
                Long("help") | Short('h') => return Ok(Self::Help),
                Long("credentials") => {
                    let credentials = parse_credentials(&parser.value()?.string()?);
                    options.credentials = Some(credentials.map_err(custom)?);
                }
                Long("mode") => {
                    options.mode = Some(parser.value()?.string()?.parse().map_err(custom)?);
                }
                Long("destination") => {
                    let destination = parse_destination(&parser.value()?.string()?);
                    options.destination = Some(destination.map_err(custom)?);
                }
                Long("url") => {
                    let url = parse_url(&parser.value()?.string()?);
                    options.url = Some(url.map_err(custom)?);
                }
                Long("no-fetch-metadata") => options.omits_fetch_metadata = true,
                Long("curl") => curl = Some(parser.value()?.string()?),
                Value(value) => values.push(value),
                _ => return Err(argument.unexpected()),
            }
        }
        let (command, rest) = match values.split_first() {
            Some((command, rest)) => (command.to_string_lossy().into_owned(), rest),
            None => return Ok(Self::Help),
        };
        let has_options = curl.is_some() || options != CallOptions::default();
        match (&*command, rest) {
            ("lint" | "diff", _) if has_options => {
                Err(format!("{command} has no options; write them after explain").into())
            }
            ("lint", [file]) => Ok(Self::Lint { file: file.into() }),
            ("lint", _) => Err("lint needs one FILE".into()),
            ("explain", [file, call @ ..]) => {
                let texts = call.iter().map(|text| text.clone().string());
                let texts = texts.collect::<Result<Vec<_>, _>>()?;
                let request = match curl {
                    None => RequestSource::Call(Call::parse(&texts, options).map_err(custom)?),
                    Some(_) if !texts.is_empty() || options != CallOptions::default() => {
                        let error = "--curl contains the whole request; remove the other options, ORIGIN, \
                                     METHOD and the headers, and put the command in quotation marks";
                        return Err(error.into());
                    }
                    Some(command) if command == "-" => RequestSource::CurlInput,
                    Some(command) => RequestSource::Curl(command),
                };
                Ok(Self::Explain { file: file.into(), request })
            }
            ("explain", []) => Err("explain needs a FILE, and an ORIGIN or --curl".into()),
            ("diff", [old, new]) => Ok(Self::Diff { old: old.into(), new: new.into() }),
            ("diff", _) => Err("diff needs two files, OLD and NEW".into()),
            ("help", _) => Ok(Self::Help),
            _ => Err(format!("{command:?} is not a command; write lint, explain or diff").into()),
        }
    }
}

fn custom(error: CallError) -> lexopt::Error {
    lexopt::Error::Custom(error.into())
}

pub(crate) const USAGE: &str = "\
usage: policy lint FILE
       policy explain FILE ORIGIN [METHOD] ['NAME: VALUE' ...] [OPTION ...]
       policy explain FILE --curl 'COMMAND'
       policy diff OLD NEW

  lint      reports all faults and lints of the file
  explain   explains the decision about a request that a browser sends for a page of
            ORIGIN, and about its preflight: the section and the setting that reject it,
            or the effect of each section
  diff      lists the changes for pages if NEW replaces OLD

options of explain:
  --url URL                  the target; the default is the first service origin of the
                             file, or the first name of guard.host
  --mode MODE                cors (default), no-cors, same-origin, navigate or websocket
  --destination DESTINATION  empty (default: a script calls fetch), script, image, document,
                             iframe, or another value of Sec-Fetch-Dest; sets the mode, too
  --credentials WHEN         omit, same-origin or include; the browser has a cookie of the
                             service, with SameSite=None if the URL is https
  --no-fetch-metadata        a browser that sends no Sec-Fetch-* headers
  --curl 'COMMAND'           the request that the network panel of Chromium, Firefox or
                             Safari copies with \"Copy as cURL\"; - reads the command from
                             the standard input, which needs no quotation marks

FILE is TOML, JSON or YAML, according to its extension. It contains a section for each
layer (`cors`, `guard`, `embedding`, ..), or the settings of an application with a section
`cors`, or only the keys of `cors`. All commands check all sections.
The exit status is 1 for faults, a rejected request, a response that the page cannot read,
or a difference, and 2 for invalid arguments. Colors are disabled if the output is not a
terminal, or with NO_COLOR=1.

  policy lint examples/policy/samples/cors.toml
  policy lint examples/policy/samples/whole.toml
  policy explain examples/policy/samples/cors.toml https://app.example.com PUT 'content-type: application/json'
  policy explain examples/policy/samples/cors.toml http://app.example.com
  policy explain examples/policy/samples/whole.toml https://evil.example POST --mode navigate
  policy explain examples/policy/samples/whole.toml --curl - < examples/policy/samples/chromium.txt
  policy diff examples/policy/samples/cors.toml examples/policy/samples/next.yaml";
