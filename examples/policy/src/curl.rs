use std::{error::Error, fmt};

use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Request,
    header::{
        ACCEPT, ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, CACHE_CONTROL,
        CONTENT_TYPE, COOKIE, HOST, IF_MODIFIED_SINCE, IF_NONE_MATCH, ORIGIN, PRAGMA, REFERER,
        UPGRADE, UPGRADE_INSECURE_REQUESTS, USER_AGENT,
    },
};
use lexopt::{
    Arg::{Long, Short, Value},
    Parser, ValueExt,
};
use tower_cross_origin::fetch::{
    cors_unsafe_request_header_names, is_cors_safelisted_method, is_forbidden_request_header,
};
use url::Url;

use crate::{
    call::{Mode, parse_url},
    sent_request::SentRequest,
    shell::{self, ShellError},
};

/// A curl command, as the network panel of a browser copies it.
#[derive(Debug)]
pub(crate) struct CurlRequest {
    method: Method,
    url: Url,
    headers: HeaderMap,
}

impl CurlRequest {
    /// Parses a curl command.
    ///
    /// # Errors
    ///
    /// The reason why the command cannot be read.
    pub(crate) fn parse(command: &str) -> Result<Self, CurlError> {
        let words = shell::split(command.trim()).map_err(CurlError::Shell)?;
        match words.split_first() {
            Some((program, arguments)) if matches!(&**program, "curl" | "curl.exe") => {
                CommandLine::parse(arguments)?.into_request()
            }
            Some((program, _)) => Err(CurlError::NotCurl(program.clone())),
            None => Err(CurlError::NotCurl(String::new())),
        }
    }

    /// Returns the request, after the preflight that a browser sends before it.
    pub(crate) fn into_requests(self) -> Vec<SentRequest> {
        let mode = self.mode();
        let preflight = self.preflight();
        let Self { method, url, headers } = self;
        let mut request = Request::new(());
        *request.method_mut() = method;
        *request.headers_mut() = headers;
        preflight
            .into_iter()
            .chain([request])
            .map(|one| SentRequest::new(one, &url, mode))
            .collect()
    }

    /// Returns the mode of the request, from `Sec-Fetch-Mode` if the browser sent this header.
    fn mode(&self) -> Mode {
        let sent = self.headers.get("sec-fetch-mode").and_then(|mode| mode.to_str().ok());
        let is_web_socket = matches!(self.url.scheme(), "ws" | "wss")
            || self
                .headers
                .get(UPGRADE)
                .is_some_and(|upgrade| upgrade.as_bytes().eq_ignore_ascii_case(b"websocket"));
        match sent.and_then(|mode| mode.parse().ok()) {
            Some(mode) => mode,
            None if is_web_socket => Mode::WebSocket,
            None => Mode::Cors,
        }
    }

    /// Returns the preflight of the request, if a browser sends one.
    /// <https://fetch.spec.whatwg.org/#http-fetch>, `makeCORSPreflight`
    fn preflight(&self) -> Option<Request<()>> {
        let Self { method, url, headers } = self;
        let origin = headers.get(ORIGIN)?;
        let is_same_origin = url.origin().ascii_serialization().as_bytes() == origin.as_bytes();
        // A copied preflight needs no other preflight.
        let is_preflight = headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD);
        if is_same_origin || is_preflight || self.mode() != Mode::Cors {
            return None;
        }
        let names = cors_unsafe_request_header_names(&self.headers_of_script());
        if is_cors_safelisted_method(method.as_str().as_bytes()) && names.is_empty() {
            return None;
        }
        let mut preflight = Request::new(());
        *preflight.method_mut() = Method::OPTIONS;
        // A preflight has the origin and the destination of its request.
        // https://fetch.spec.whatwg.org/#cors-preflight-fetch, step 1
        for name in [HOST.as_str(), ORIGIN.as_str()].iter().chain(&FETCH_METADATA) {
            if let Some(value) = headers.get(*name) {
                preflight.headers_mut().insert(HeaderName::from_static(name), value.clone());
            }
        }
        let requested = HeaderValue::from_str(method.as_str()).ok()?;
        preflight.headers_mut().insert(ACCESS_CONTROL_REQUEST_METHOD, requested);
        if !names.is_empty() {
            let names: Vec<&str> = names.iter().map(HeaderName::as_str).collect();
            let names = HeaderValue::from_str(&names.join(",")).ok()?;
            preflight.headers_mut().insert(ACCESS_CONTROL_REQUEST_HEADERS, names);
        }
        Some(preflight)
    }

    /// Returns the headers that the script of the page has set.
    fn headers_of_script(&self) -> HeaderMap {
        let is_of_browser = |name: &HeaderName, value: &HeaderValue| {
            is_forbidden_request_header(name.as_str().as_bytes(), value.as_bytes())
                || HEADERS_OF_BROWSERS.contains(name)
                || NEW_HEADERS_OF_BROWSERS.contains(&name.as_str())
        };
        let headers = self.headers.iter().filter(|(name, value)| !is_of_browser(name, value));
        headers.map(|(name, value)| (name.clone(), value.clone())).collect()
    }
}

/// The options of a curl command.
#[derive(Debug, Default)]
struct CommandLine {
    url: Option<String>,
    method: Option<String>,
    headers: HeaderMap,
    data: Vec<String>,
    content_type: Option<&'static str>,
    is_head: bool,
    /// The data is a part of the URL.
    is_get: bool,
}

impl CommandLine {
    fn parse(arguments: &[String]) -> Result<Self, CurlError> {
        let mut command = Self::default();
        let mut parser = Parser::from_args(arguments);
        while let Some(argument) = parser.next()? {
            let option = match argument {
                Short(short) => format!("-{short}"),
                Long(long) => format!("--{long}"),
                Value(url) => {
                    command.set_url(url.string()?)?;
                    continue;
                }
            };
            match &*option {
                option if IGNORED_FLAGS.contains(&option) => {}
                option if IGNORED_OPTIONS.contains(&option) => {
                    parser.value()?;
                }
                "-I" | "--head" => command.is_head = true,
                "-G" | "--get" => command.is_get = true,
                option if WITH_VALUE.contains(&option) => {
                    let value = parser.value()?.string()?;
                    command.set(option, value)?;
                }
                _ => return Err(CurlError::UnknownOption(option)),
            }
        }
        Ok(command)
    }

    fn set(&mut self, option: &str, value: String) -> Result<(), CurlError> {
        match option {
            "--url" => self.set_url(value)?,
            "-X" | "--request" => self.method = Some(value),
            "-H" | "--header" => self.add_header(&value)?,
            "-A" | "--user-agent" => self.insert(USER_AGENT, &value)?,
            "-e" | "--referer" => self.insert(REFERER, &value)?,
            // curl reads a file if the value contains no `=`.
            "-b" | "--cookie" if value.contains('=') => self.insert(COOKIE, &value)?,
            "-b" | "--cookie" => return Err(CurlError::CookieFile(value)),
            "-F" | "--form" => self.add_data(value, "multipart/form-data"),
            "--json" => {
                self.headers.entry(ACCEPT).or_insert(HeaderValue::from_static("application/json"));
                self.add_data(value, "application/json");
            }
            _ => self.add_data(value, "application/x-www-form-urlencoded"),
        }
        Ok(())
    }

    fn set_url(&mut self, url: String) -> Result<(), CurlError> {
        match &self.url {
            None => self.url = Some(url),
            Some(first) => return Err(CurlError::SecondUrl { first: first.clone(), second: url }),
        }
        Ok(())
    }

    fn add_header(&mut self, line: &str) -> Result<(), CurlError> {
        let invalid = || CurlError::Header(line.to_owned());
        let (name, value) = match line.split_once(':') {
            // curl sends no such header: https://curl.se/docs/manpage.html#-H
            Some((_, value)) if value.trim().is_empty() => return Ok(()),
            Some((name, value)) => (name, value.trim()),
            None => (line.strip_suffix(';').ok_or_else(invalid)?, ""),
        };
        // Chromium 70 to 120 writes the pseudo-headers of HTTP/2 as headers.
        if PSEUDO_HEADERS.contains(&name) {
            return Ok(());
        }
        let name: HeaderName = name.trim().parse().map_err(|_| invalid())?;
        let value = HeaderValue::from_bytes(value.as_bytes()).map_err(|_| invalid())?;
        self.headers.append(name, value);
        Ok(())
    }

    fn insert(&mut self, name: HeaderName, value: &str) -> Result<(), CurlError> {
        let value = HeaderValue::from_bytes(value.as_bytes())
            .map_err(|_| CurlError::Header(format!("{name}: {value}")))?;
        self.headers.insert(name, value);
        Ok(())
    }

    fn add_data(&mut self, data: String, content_type: &'static str) {
        self.data.push(data);
        self.content_type = Some(content_type);
    }

    fn into_request(mut self) -> Result<CurlRequest, CurlError> {
        let text = self.url.ok_or(CurlError::NoUrl)?;
        let mut url = parse_url(&text).map_err(|_| CurlError::Url(text))?;
        let method = match &self.method {
            Some(method) => method,
            None if self.is_head => "HEAD",
            None if self.data.is_empty() || self.is_get => "GET",
            None => "POST",
        };
        let method = Method::from_bytes(method.as_bytes())
            .map_err(|_| CurlError::Method(method.to_owned()))?;
        if self.is_get && !self.data.is_empty() {
            let query = url.query().map(str::to_owned).into_iter().chain(self.data);
            url.set_query(Some(&query.collect::<Vec<_>>().join("&")));
        } else if let Some(content_type) = self.content_type {
            let content_type = HeaderValue::from_static(content_type);
            self.headers.entry(CONTENT_TYPE).or_insert(content_type);
        }
        Ok(CurlRequest { method, url, headers: self.headers })
    }
}

/// The reason why a command is not a request.
#[derive(Debug)]
pub(crate) enum CurlError {
    Shell(ShellError),
    NotCurl(String),
    UnknownOption(String),
    Arguments(lexopt::Error),
    NoUrl,
    SecondUrl { first: String, second: String },
    Url(String),
    Method(String),
    Header(String),
    CookieFile(String),
}

impl From<lexopt::Error> for CurlError {
    fn from(error: lexopt::Error) -> Self {
        Self::Arguments(error)
    }
}

impl fmt::Display for CurlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("curl command: ")?;
        match self {
            Self::Shell(error) => error.fmt(f),
            Self::NotCurl(word) if word.is_empty() => f.write_str(
                "the command is missing; copy it in the network panel: \"Copy as cURL\"",
            ),
            Self::NotCurl(word) => write!(
                f,
                "{word:?} is not curl; choose \"Copy as cURL\" in the network panel, not \"as fetch\" or \
                 \"as PowerShell\"",
            ),
            Self::UnknownOption(option) => {
                write!(f, "the option {option} is unknown; remove it and its value")
            }
            Self::Arguments(error) => error.fmt(f),
            Self::NoUrl => f.write_str("the URL is missing; write it after curl"),
            Self::SecondUrl { first, second } => write!(
                f,
                "{second:?} is a second URL after {first:?}; write one URL, and the value of each option in \
                 quotation marks",
            ),
            Self::Url(url) => write!(
                f,
                "{url:?} is not a URL of a service; write it with its scheme, such as \
                 https://api.example.com/items",
            ),
            Self::Method(method) => {
                write!(f, "{method:?} is not a valid method; an example is -X PUT")
            }
            Self::Header(header) => {
                write!(f, "{header:?} is not a header; write it as -H 'x-demo: 1'")
            }
            Self::CookieFile(file) => {
                write!(f, "{file:?} is a file of cookies; write the cookies as -b 'name=value'")
            }
        }
    }
}

impl Error for CurlError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Shell(error) => Some(error),
            Self::Arguments(error) => Some(error),
            _ => None,
        }
    }
}

const WITH_VALUE: [&str; 20] = [
    "--url",
    "-X",
    "--request",
    "-H",
    "--header",
    "-A",
    "--user-agent",
    "-e",
    "--referer",
    "-b",
    "--cookie",
    "-F",
    "--form",
    "--json",
    "-d",
    "--data",
    "--data-raw",
    "--data-ascii",
    "--data-binary",
    "--data-urlencode",
];

/// Options without a value that do not change the request line or the headers.
const IGNORED_FLAGS: [&str; 20] = [
    "--compressed",
    "-k",
    "--insecure",
    "-L",
    "--location",
    "-s",
    "--silent",
    "-S",
    "--show-error",
    "-i",
    "--include",
    "-v",
    "--verbose",
    "-f",
    "--fail",
    "-g",
    "--globoff",
    "--http1.1",
    "--http2",
    "--http3",
];

/// Options with a value that do not change the request line or the headers.
const IGNORED_OPTIONS: [&str; 9] = [
    "-o",
    "--output",
    "-x",
    "--proxy",
    "-m",
    "--max-time",
    "--connect-timeout",
    "--resolve",
    "--cacert",
];

const PSEUDO_HEADERS: [&str; 4] = ["authority", "method", "path", "scheme"];

const FETCH_METADATA: [&str; 3] = ["sec-fetch-site", "sec-fetch-mode", "sec-fetch-dest"];

/// Headers that browsers add although scripts may set them, too. They cause no preflight in a copied request.
const HEADERS_OF_BROWSERS: [HeaderName; 6] = [
    // The developer tools add both if the cache is disabled.
    CACHE_CONTROL,
    PRAGMA,
    IF_MODIFIED_SINCE,
    IF_NONE_MATCH,
    UPGRADE_INSECURE_REQUESTS,
    USER_AGENT,
];

/// `last-event-id` is a header of `EventSource`, and `x-client-data` a header of Chrome for Google.
const NEW_HEADERS_OF_BROWSERS: [&str; 4] =
    ["last-event-id", "priority", "save-data", "x-client-data"];

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::CurlRequest;
    use crate::sent_request::SentRequest;

    fn parse(command: &str) -> Vec<SentRequest> {
        CurlRequest::parse(command).map(CurlRequest::into_requests).unwrap()
    }

    #[test]
    fn method_and_target_follow_the_options() {
        for (command, expected) in [
            ("curl https://a.example", "GET https://a.example/"),
            ("curl https://a.example/b?c#d", "GET https://a.example/b?c"),
            ("curl --url wss://a.example/b", "GET wss://a.example/b"),
            ("curl https://a.example -X DELETE", "DELETE https://a.example/"),
            ("curl https://a.example --request DELETE", "DELETE https://a.example/"),
            ("curl https://a.example -XPATCH -d a", "PATCH https://a.example/"),
            ("curl https://a.example -d ''", "POST https://a.example/"),
            ("curl https://a.example --data-raw a", "POST https://a.example/"),
            ("curl https://a.example --data-binary @b", "POST https://a.example/"),
            ("curl https://a.example -F a=b", "POST https://a.example/"),
            ("curl https://a.example --json '{}'", "POST https://a.example/"),
            ("curl https://a.example/?b -G -d c=d -d e", "GET https://a.example/?b&c=d&e"),
            ("curl -I https://a.example", "HEAD https://a.example/"),
            (
                "curl -sk -o f --http2 --compressed --insecure --location https://a.example",
                "GET https://a.example/",
            ),
            ("curl.exe ^\"https://a.example/^\" ^\r\n  --insecure", "GET https://a.example/"),
        ] {
            let requests = parse(command);
            let [request] = &*requests else { panic!("{command}: {requests:?}") };
            assert_eq!(request.title, format!("request {expected}"), "{command}");
        }
    }

    #[test]
    fn request_has_only_the_copied_headers_and_host() {
        for (options, expected) in [
            ("", "host: a.example:8443"),
            ("-H 'Host: b.example'", "host: b.example"),
            ("-b 'a=1; b=2' -A agent", "cookie: a=1; b=2\nhost: a.example:8443\nuser-agent: agent"),
            ("-H 'x-a;' -H 'x-b:' -H 'authority: c'", "host: a.example:8443\nx-a: "),
            ("-d a", "content-type: application/x-www-form-urlencoded\nhost: a.example:8443"),
            ("-H 'Content-Type: a/b' -d a", "content-type: a/b\nhost: a.example:8443"),
        ] {
            let requests = parse(&format!("curl https://a.example:8443 {options}"));
            assert_eq!(lines(requests[0].request.headers()), expected, "{options}");
        }
    }

    #[test]
    fn preflight_precedes_request_that_needs_one() {
        const ORIGIN: &str = "-H 'Origin: https://b.example'";
        for (options, expected) in [
            // No page, no other origin, not the mode `cors`, or a preflight itself.
            ("-X PUT", None),
            ("-X PUT -H 'Origin: https://a.example'", None),
            ("-X POST -H 'Origin: https://b.example' -H 'Sec-Fetch-Mode: navigate'", None),
            ("-H 'x-a: 1' -H 'Origin: https://b.example' -H 'Upgrade: websocket'", None),
            (
                "-X OPTIONS -H 'Origin: https://b.example' -H 'Access-Control-Request-Method: PUT'",
                None,
            ),
            // Headers of the browser.
            (
                "-H 'Origin: https://b.example' -A agent -H 'Pragma: no-cache' -H 'priority: u=1' -H 'dnt: 1' \
                 -H 'sec-ch-ua: b' -b a=1 -d a",
                None,
            ),
            ("-H 'Origin: https://b.example' -X PUT", Some("PUT")),
            (
                "-H 'Origin: https://b.example' -H 'x-b: 1' -H 'Authorization: a'",
                Some("GET authorization,x-b"),
            ),
            ("-H 'Origin: https://b.example' --json '{}'", Some("POST content-type")),
            ("-H 'Origin: https://b.example' -H 'Sec-Fetch-Mode: cors' -X PUT", Some("PUT")),
        ] {
            let requests = parse(&format!("curl https://a.example {options}"));
            let preflight = (requests.len() == 2).then(|| {
                let headers = requests[0].request.headers();
                let value = |name| headers.get(name).map_or("", |value| value.to_str().unwrap());
                assert_eq!(value("host"), "a.example", "{options}");
                assert_eq!(value("origin"), "https://b.example", "{options}");
                // Nothing is invented.
                let has_mode = options.contains("Sec-Fetch-Mode");
                assert_eq!(headers.contains_key("sec-fetch-mode"), has_mode, "{options}");
                let requested = ["access-control-request-method", "access-control-request-headers"];
                requested.map(value).join(" ").trim().to_owned()
            });
            assert_eq!(preflight.as_deref(), expected, "{options}");
        }
        assert!(parse(&format!("curl https://a.example {ORIGIN}")).len() == 1);
    }

    #[test]
    fn invalid_command_is_reported_with_a_fix() {
        for (command, expected) in [
            ("", "copy it in the network panel"),
            ("wget https://a.example", "\"wget\" is not curl; choose \"Copy as cURL\""),
            ("curl", "the URL is missing; write it after curl"),
            ("curl a.example", "write it with its scheme"),
            ("curl https://a.example b", "\"b\" is a second URL after \"https://a.example\""),
            ("curl https://a.example --frob", "the option --frob is unknown; remove it"),
            ("curl https://a.example -H", "missing argument for option '-H'"),
            ("curl https://a.example -H nothing", "write it as -H 'x-demo: 1'"),
            ("curl https://a.example -H 'a b: 1'", "write it as -H 'x-demo: 1'"),
            ("curl https://a.example -X 'A B'", "\"A B\" is not a valid method"),
            ("curl https://a.example -b jar.txt", "write the cookies as -b 'name=value'"),
            ("curl \"https://a.example", "is not closed"),
        ] {
            let error = CurlRequest::parse(command).unwrap_err().to_string();
            assert!(error.contains(expected), "{command}: {error}");
        }
    }

    fn lines(headers: &HeaderMap) -> String {
        let lines =
            headers.iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()));
        let mut lines: Vec<String> = lines.collect();
        lines.sort_unstable();
        lines.join("\n")
    }
}
