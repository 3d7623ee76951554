use std::{ffi::OsString, path::PathBuf};

use lexopt::{
    Arg::{Long, Short, Value},
    Parser, ValueExt,
};

/// What the command line asks for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Command {
    Lint { file: PathBuf },
    Explain { file: PathBuf, call: Call },
    Diff { old: PathBuf, new: PathBuf },
    Help,
}

/// What script asks for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Call {
    pub(crate) origin: String,
    pub(crate) method: String,
    /// `name: value`
    pub(crate) headers: Vec<String>,
}

impl Command {
    pub(crate) fn parse(mut parser: Parser) -> Result<Self, lexopt::Error> {
        let mut values = Vec::new();
        while let Some(argument) = parser.next()? {
            match argument {
                Long("help") | Short('h') => return Ok(Self::Help),
                Value(value) => values.push(value),
                _ => return Err(argument.unexpected()),
            }
        }
        let (command, rest) = match values.split_first() {
            Some((command, rest)) => (command.to_string_lossy().into_owned(), rest),
            None => return Ok(Self::Help),
        };
        match (&*command, rest) {
            ("lint", [file]) => Ok(Self::Lint { file: file.into() }),
            ("lint", _) => Err("lint needs one FILE".into()),
            ("explain", [file, call @ ..]) => {
                Ok(Self::Explain { file: file.into(), call: Call::parse(call)? })
            }
            ("explain", []) => Err("explain needs a FILE and an ORIGIN".into()),
            ("diff", [old, new]) => Ok(Self::Diff { old: old.into(), new: new.into() }),
            ("diff", _) => Err("diff needs two files, OLD and NEW".into()),
            ("help", _) => Ok(Self::Help),
            _ => Err(format!("there is no command {command:?}").into()),
        }
    }
}

impl Call {
    fn parse(values: &[OsString]) -> Result<Self, lexopt::Error> {
        let texts = values.iter().map(|value| value.clone().string());
        let mut texts = texts.collect::<Result<Vec<String>, _>>()?.into_iter();
        let origin = texts.next().ok_or("explain needs the ORIGIN of a page")?;
        let mut rest: Vec<String> = texts.collect();
        let has_method = rest.first().is_some_and(|first| !first.contains(':'));
        let method = if has_method { rest.remove(0) } else { "GET".to_owned() };
        match rest.iter().find(|header| !header.contains(':')) {
            Some(header) => Err(format!("{header:?} is no header, such as 'x-demo: 1'").into()),
            None => Ok(Self { origin, method, headers: rest }),
        }
    }
}

pub(crate) const USAGE: &str = "\
usage: policy lint FILE
       policy explain FILE ORIGIN [METHOD] ['NAME: VALUE' ...]
       policy diff OLD NEW

  lint      every fault of the file, and what is legal but probably not meant
  explain   what comes of it when script on a page of ORIGIN sends that request,
            its preflight included
  diff      what pages gain and lose when NEW takes the place of OLD

A FILE is TOML, JSON or YAML, by its ending. It has a part for each layer (`cors`, `guard`,
`embedding`, ..), or `cors` among an application's settings, or the keys of `cors` alone;
lint looks at all of it, explain and diff at CORS.
The program ends with 1 where there are faults, a refusal or a difference, and with 2
where it was called wrongly. Colours are left out where nobody sees them, or by NO_COLOR=1.

  policy lint examples/policy/samples/cors.toml
  policy lint examples/policy/samples/whole.toml
  policy explain examples/policy/samples/cors.toml https://app.example.com PUT 'content-type: application/json'
  policy explain examples/policy/samples/cors.toml http://app.example.com
  policy diff examples/policy/samples/cors.toml examples/policy/samples/next.yaml";
