use std::{
    env, fs,
    io::{BufRead, BufReader, Write},
    net::Ipv4Addr,
    path::Path,
    process::{Child, Command, Stdio},
};

use axum::Router;
use benches::origins::{bare_by_router, ours_by_router, tenants, tower_http_by_router};
use tokio::{net::TcpListener, runtime::Builder};
use tower_cross_origin::origin::OriginSet;

/// A server in another process, with one thread.
pub(crate) struct Server {
    name: String,
    process: Child,
    address: String,
}

impl Server {
    pub(crate) fn start(name: &str) -> Result<Self, String> {
        let (mut command, origins) = if let Some(variant) = name.strip_prefix("go-") {
            let mut command = Command::new(build_go()?);
            command.env("GOMAXPROCS", "1");
            (command, if variant == "bare" { Vec::new() } else { tenants(count(name)?) })
        } else {
            let mut command = Command::new(env::current_exe().map_err(message)?);
            command.args(["serve", name]);
            (command, Vec::new())
        };
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().map_err(message)?;
        let mut input = process.stdin.take().ok_or("the input is not a pipe")?;
        input.write_all(origins.join("\n").as_bytes()).map_err(message)?;
        drop(input);
        let output = process.stdout.take().ok_or("the output is not a pipe")?;
        let mut address = String::new();
        BufReader::new(output).read_line(&mut address).map_err(message)?;
        Ok(Self { name: name.to_owned(), process, address: address.trim().to_owned() })
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn is_go(&self) -> bool {
        self.name.starts_with("go-")
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/items", self.address)
    }

    /// Returns an allowed origin: the one in the middle of the list.
    pub(crate) fn origin(&self) -> Result<String, String> {
        let count = count(&self.name)?;
        tenants(count).into_iter().nth(count / 2).ok_or_else(|| "no origins".to_owned())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Fails if the process has ended.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Serves in this process, and prints the address.
pub(crate) fn serve(name: &str) -> Result<(), String> {
    let tenants = tenants(count(name)?);
    let app: Router = match name.split('-').next() {
        Some("bare") => bare_by_router(),
        Some("ours") => ours_by_router(&OriginSet::parse(&tenants).map_err(message)?),
        Some("tower") => tower_http_by_router(&tenants),
        _ => return Err(format!("{name:?} is not a server")),
    };
    let runtime = Builder::new_current_thread().enable_all().build().map_err(message)?;
    runtime.block_on(async {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(message)?;
        println!("{}", listener.local_addr().map_err(message)?);
        axum::serve(listener, app).await.map_err(message)
    })
}

/// Returns the number of origins at the end of the name.
///
/// A server without a layer has one, for the requests.
fn count(name: &str) -> Result<usize, String> {
    match name.rsplit('-').next() {
        Some(number) if number != "bare" => {
            number.parse().map_err(|_| format!("{name:?} is not a server"))
        }
        _ => Ok(1),
    }
}

/// Compiles the servers of Go, and returns the program.
fn build_go() -> Result<String, String> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/bin/servers/rs_cors.go");
    let program = env::temp_dir().join("rs-cors-servers");
    let text = program.to_str().ok_or("the path is not UTF-8")?.to_owned();
    let mut command = Command::new("go");
    // Debian installs libraries of Go here.
    command.env("GOPATH", "/usr/share/gocode").env("GO111MODULE", "off");
    let status = command.args(["build", "-o", &text]).arg(source).status().map_err(message)?;
    if status.success() && fs::exists(&program).map_err(message)? {
        Ok(text)
    } else {
        Err("go could not compile the servers".to_owned())
    }
}

fn message(error: impl std::fmt::Display) -> String {
    error.to_string()
}
