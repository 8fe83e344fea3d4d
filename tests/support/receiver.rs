//! Somebody who is told: an HTTP server that keeps every notice it was sent, and answers as asked.

#![allow(dead_code, reason = "each test binary uses its part of it")]

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use serde_json::Value;
use tokio::task::JoinHandle;

/// One POST.
#[derive(Debug, Clone)]
pub struct Received {
    pub key: String,
    pub signature: Option<String>,
    pub body: Vec<u8>,
    pub json: Value,
    pub answered: u16,
}

pub struct Receiver {
    kept: Kept,
    port: u16,
    serving: JoinHandle<()>,
}

type Kept = Arc<Mutex<Answers>>;

struct Answers {
    received: Vec<Received>,
    /// What is answered next; 204 once there is no more.
    next: Vec<u16>,
}

impl Receiver {
    /// Listens on a free port. `answers`: what it answers first; 204 afterwards.
    pub async fn start(answers: &[u16]) -> Self {
        let next = answers.iter().rev().copied().collect();
        let kept: Kept = Arc::new(Mutex::new(Answers { received: Vec::new(), next }));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let router = Router::new().route("/notices", post(take)).with_state(Arc::clone(&kept));
        let serving = tokio::spawn(async move {
            axum::serve(listener, router).await.expect("it serves");
        });
        Self { kept, port, serving }
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/notices", self.port)
    }

    pub fn received(&self) -> Vec<Received> {
        self.kept.lock().expect("nobody panicked").received.clone()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn take(State(kept): State<Kept>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let mut kept = kept.lock().expect("nobody panicked");
    let answered = kept.next.pop().unwrap_or(204);
    kept.received.push(Received {
        key: header("idempotency-key").unwrap_or_default().to_owned(),
        signature: header("jikimi-signature").map(str::to_owned),
        body: body.to_vec(),
        json: serde_json::from_slice(&body).unwrap_or_default(),
        answered,
    });
    StatusCode::from_u16(answered).expect("a status")
}
