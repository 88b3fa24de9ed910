//! A kind as a Mermaid state diagram, for the documents.

use super::{Category, Kind};
use std::fmt::Write;

/// The diagram in one language, without the fence around it.
pub fn diagram(kind: &Kind, language: &str) -> String {
    let mut drawn = String::from("stateDiagram-v2\n");
    for (id, state) in &kind.states {
        let name = state.name.in_language(language);
        let _ = writeln!(drawn, "    state \"{name}\" as {id}");
    }
    let _ = writeln!(drawn, "    [*] --> {}", kind.initial);
    for transition in &kind.transitions {
        for from in &transition.from {
            let mut label = transition.label.in_language(language).to_owned();
            if let Some(approve) = &transition.approve {
                let _ = write!(label, " (+{})", approve.quorum);
            }
            let _ = writeln!(drawn, "    {from} --> {}: {label}", transition.to);
        }
    }
    for (id, _) in kind.states.iter().filter(|(_, state)| state.category == Category::Closed) {
        let _ = writeln!(drawn, "    {id} --> [*]");
    }
    drawn
}
