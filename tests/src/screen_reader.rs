//! A screen reader for tests: reads and presses what a window offers through AT-SPI, and hears what it announces.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use crate::desktop::end_group;

/// Finds things in the window by role and name and acts on them, through AT-SPI only.
pub struct ScreenReader {
    child: Child,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl ScreenReader {
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut reader = Self {
            requests: child.stdin.take().unwrap(),
            answers: BufReader::new(child.stdout.take().unwrap()),
            child,
        };
        let ready = reader.read();
        assert_eq!(ready["ready"], true, "the screen reader did not start");
        reader
    }

    /// Waits until a node of that role and whole name is there.
    #[track_caller]
    pub fn wait(&mut self, role: &str, name: &str) -> Value {
        self.ask(&json!({ "do": "wait", "role": role, "name": name, "seconds": 30 }))
    }

    /// Waits until some node's name contains this.
    #[track_caller]
    pub fn wait_for_part(&mut self, part: &str, patience: Duration) -> Value {
        self.ask(&json!({ "do": "wait", "part": part, "seconds": patience.as_secs() }))
    }

    /// Whether some node's name contains this now.
    pub fn has_part(&mut self, part: &str) -> bool {
        self.tree().iter().any(|line| line.contains(part))
    }

    #[track_caller]
    pub fn wait_until_gone(&mut self, part: &str) {
        self.ask(&json!({ "do": "gone", "part": part, "seconds": 30 }));
    }

    /// Presses it, once it is enabled.
    #[track_caller]
    pub fn click(&mut self, role: &str, name: &str) {
        self.ask(&json!({ "do": "click", "role": role, "name": name, "seconds": 30 }));
    }

    /// The same for what has a figure in its name.
    #[track_caller]
    pub fn click_part(&mut self, role: &str, part: &str) {
        self.ask(&json!({ "do": "click", "role": role, "part": part, "seconds": 30 }));
    }

    /// The first node of this role whose name contains this, as it is now.
    #[track_caller]
    pub fn node_with(&mut self, role: &str, part: &str) -> Value {
        self.ask(&json!({ "do": "wait", "role": role, "part": part, "seconds": 30 }))
    }

    #[track_caller]
    pub fn focus(&mut self, role: &str, name: &str) {
        self.ask(&json!({ "do": "focus", "role": role, "name": name, "seconds": 30 }));
    }

    /// Waits until something was announced whose words contain this; the words. Each is heard once, in its order.
    #[track_caller]
    pub fn hear(&mut self, part: &str, patience: Duration) -> String {
        let answer = self.ask(&json!({ "do": "hear", "part": part, "seconds": patience.as_secs() }));
        answer["words"].as_str().unwrap().to_owned()
    }

    /// Everything that was announced since the window could be read.
    pub fn heard_so_far(&mut self) -> Vec<String> {
        let answer = self.send(&json!({ "do": "heard" }));
        let words = answer["words"].as_array().map(Vec::as_slice).unwrap_or_default();
        words
            .iter()
            .map(|said| said.as_str().unwrap_or_default().to_owned())
            .collect()
    }

    /// What has the keyboard's focus: its role and name.
    pub fn focused(&mut self) -> (String, String) {
        let answer = self.send(&json!({ "do": "focused" }));
        let text = |key: &str| answer[key].as_str().unwrap_or_default().to_owned();
        (text("role"), text("name"))
    }

    /// Every node as `role: name`, for the words of a failing test.
    pub fn tree(&mut self) -> Vec<String> {
        let answer = self.send(&json!({ "do": "tree" }));
        lines(&answer["tree"])
    }

    #[track_caller]
    fn ask(&mut self, request: &Value) -> Value {
        let answer = self.send(request);
        let error = answer.get("error").and_then(Value::as_str);
        assert!(
            error.is_none(),
            "{}\nthe window holds:\n{}",
            error.unwrap_or_default(),
            lines(&answer["tree"]).join("\n")
        );
        answer
    }

    fn send(&mut self, request: &Value) -> Value {
        writeln!(self.requests, "{request}").unwrap();
        self.read()
    }

    fn read(&mut self) -> Value {
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("the screen reader said {line:?}: {error}"))
    }
}

fn lines(tree: &Value) -> Vec<String> {
    let nodes = tree.as_array().map(Vec::as_slice).unwrap_or_default();
    let line = |node: &Value| {
        format!(
            "{}: {}",
            node["role"].as_str().unwrap_or(""),
            node["name"].as_str().unwrap_or("")
        )
    };
    nodes.iter().map(line).collect()
}

impl Drop for ScreenReader {
    fn drop(&mut self) {
        end_group(&mut self.child);
    }
}
