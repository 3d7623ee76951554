use std::{ffi::OsString, path::PathBuf};

use lexopt::{
    Arg::{Long, Short, Value},
    Parser, ValueExt,
};

/// A command of the command line.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Command {
    Lint { file: PathBuf },
    Explain { file: PathBuf, call: Call },
    Diff { old: PathBuf, new: PathBuf },
    Help,
}

/// A request that a script on a page makes.
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
            _ => Err(format!("{command:?} is not a command").into()),
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
            Some(header) => {
                Err(format!("{header:?} is not a header; write it as 'x-demo: 1'").into())
            }
            None => Ok(Self { origin, method, headers: rest }),
        }
    }
}

pub(crate) const USAGE: &str = "\
usage: policy lint FILE
       policy explain FILE ORIGIN [METHOD] ['NAME: VALUE' ...]
       policy diff OLD NEW

  lint      reports all faults and lints of the file
  explain   explains the decision about a request that a script on a page of ORIGIN
            sends, and about its preflight
  diff      lists the changes for pages if NEW replaces OLD

FILE is TOML, JSON or YAML, according to its extension. It contains a section for each
layer (`cors`, `guard`, `embedding`, ..), or the settings of an application with a section
`cors`, or only the keys of `cors`. lint checks all sections, explain and diff only CORS.
The exit status is 1 for faults, a rejected request or a difference, and 2 for invalid
arguments. Colors are disabled if the output is not a terminal, or with NO_COLOR=1.

  policy lint examples/policy/samples/cors.toml
  policy lint examples/policy/samples/whole.toml
  policy explain examples/policy/samples/cors.toml https://app.example.com PUT 'content-type: application/json'
  policy explain examples/policy/samples/cors.toml http://app.example.com
  policy diff examples/policy/samples/cors.toml examples/policy/samples/next.yaml";
