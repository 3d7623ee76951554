use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use rmcp::{
    Peer, RoleServer, ServerHandler,
    handler::server::wrapper::Parameters,
    model::{
        Implementation, ProgressNotificationParam, RequestMetaObject, ServerCapabilities,
        ServerConfig,
    },
    schemars::{self, JsonSchema},
    tool, tool_handler, tool_router,
};
use serde::Deserialize;
use tokio::time::sleep;

/// Private notes of the user, which no web page may read, and their tools.
#[derive(Clone)]
pub(crate) struct Notes(Arc<Mutex<Vec<String>>>);

#[derive(Deserialize, JsonSchema)]
struct Text {
    text: String,
}

#[tool_router]
impl Notes {
    /// Returns the user's notes.
    #[tool]
    fn notes(&self) -> String {
        self.lock().join("\n")
    }

    /// Adds a note.
    #[tool]
    fn add_note(&self, Parameters(Text { text }): Parameters<Text>) -> String {
        self.lock().push(text);
        "added".to_owned()
    }

    /// Returns the notes that contain the text; takes a while.
    #[tool]
    async fn search(
        &self,
        Parameters(Text { text }): Parameters<Text>,
        meta: RequestMetaObject,
        client: Peer<RoleServer>,
    ) -> String {
        let mut notes = self.lock().clone();
        if let Some(token) = meta.get_progress_token() {
            for (progress, total) in
                (1..=notes.len()).map(|at| (as_number(at), as_number(notes.len())))
            {
                sleep(SEARCH_TIME).await;
                let progress = ProgressNotificationParam::new(token.clone(), progress);
                // The client may have closed the connection.
                let _ = client.notify_progress(progress.with_total(total)).await;
            }
        }
        notes.retain(|note| note.contains(&text));
        notes.join("\n")
    }

    fn lock(&self) -> MutexGuard<'_, Vec<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[tool_handler]
impl ServerHandler for Notes {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
            .with_server_info(Implementation::new("notes", "1"))
    }
}

impl Default for Notes {
    fn default() -> Self {
        let notes = ["milk, bread, and a cake for Ana", "the door opens with 4711", "call Ana"];
        Self(Arc::new(Mutex::new(notes.map(str::to_owned).into())))
    }
}

/// Returns a number of notes as JSON has it.
fn as_number(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::INFINITY, f64::from)
}

const SEARCH_TIME: Duration = Duration::from_millis(300);
