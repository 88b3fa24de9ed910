//! The workspace in memory: every text file, and every Rust file with its tokens and syntax.

use super::settings::Settings;
use super::source::Source;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Folders that hold no work of the project.
const SKIPPED: &[&str] = &["target", ".git", "node_modules", ".venv", "__pycache__"];
/// Larger files are data, not text to be judged.
const TEXT_BYTES_MAX: u64 = 2_000_000;

/// A text file.
pub struct Text {
    /// Relative to the workspace, with `/`.
    pub path: String,
    /// The whole content.
    pub text: String,
}

/// All that the rules may look at.
pub struct Workspace {
    /// Every text file, sorted by path.
    pub texts: Vec<Text>,
    /// Every Rust file that can be parsed, sorted by path.
    pub sources: Vec<Source>,
    /// Rust files that can't be parsed: path, line, message.
    pub broken: Vec<(String, usize, String)>,
    /// Paths of all files and folders, pictures included.
    pub paths: BTreeSet<String>,
    /// `tidy.toml`.
    pub settings: Settings,
}

impl Workspace {
    /// Reads the folder `root`.
    pub fn read(root: &Path) -> Result<Self, String> {
        let mut texts = Vec::new();
        let mut paths = BTreeSet::new();
        walk(root, "", &mut texts, &mut paths)?;
        texts.sort_by(|a: &Text, b: &Text| a.path.cmp(&b.path));
        Self::build(texts, paths)
    }

    fn build(texts: Vec<Text>, paths: BTreeSet<String>) -> Result<Self, String> {
        let settings = match texts.iter().find(|text| text.path == super::settings::FILE) {
            Some(text) => Settings::parse(&text.text)?,
            None => Settings::default(),
        };
        let mut sources = Vec::new();
        let mut broken = Vec::new();
        for text in texts.iter().filter(|text| text.path.ends_with(".rs")) {
            match Source::parse(&text.path, &text.text) {
                Ok(source) => sources.push(source),
                Err((line, why)) => broken.push((text.path.clone(), line, why)),
            }
        }
        let modules: Vec<String> = sources.iter().flat_map(Source::test_modules).collect();
        for source in &mut sources {
            source.in_tests |= modules.iter().any(|module| {
                let rest = source.path.strip_prefix(module.as_str());
                rest.is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
            });
        }
        Ok(Self { texts, sources, broken, paths, settings })
    }

    /// The content of the file at `path`.
    pub fn text(&self, path: &str) -> Option<&str> {
        let at = self.texts.binary_search_by(|text| text.path.as_str().cmp(path)).ok()?;
        self.texts.get(at).map(|text| text.text.as_str())
    }

    /// Names directly under `folder`, folders with a slash at the end.
    pub fn children(&self, folder: &str) -> BTreeSet<String> {
        let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        self.paths
            .range(prefix.clone()..)
            .take_while(|path| path.starts_with(&prefix))
            .filter_map(|path| path.strip_prefix(&prefix))
            .filter_map(|rest| match rest.find('/') {
                Some(at) => rest.get(..=at).map(str::to_owned),
                None => Some(rest.to_owned()),
            })
            .filter(|name| !name.is_empty())
            .collect()
    }

    /// The features: folders under `crates/features/src`.
    pub fn features(&self) -> Vec<String> {
        self.children(super::rooms::FEATURES)
            .into_iter()
            .filter_map(|name| name.strip_suffix('/').map(str::to_owned))
            .collect()
    }

    /// A workspace of the files given, for tests of rules.
    #[cfg(test)]
    pub fn of(files: &[(&str, &str)]) -> Self {
        let mut paths = BTreeSet::new();
        let mut texts = Vec::new();
        for (path, text) in files {
            paths.insert((*path).to_owned());
            texts.push(Text { path: (*path).to_owned(), text: (*text).to_owned() });
        }
        texts.sort_by(|a, b| a.path.cmp(&b.path));
        Self::build(texts, paths).expect("settings of a sample are well formed")
    }
}

fn walk(
    root: &Path,
    folder: &str,
    texts: &mut Vec<Text>,
    paths: &mut BTreeSet<String>,
) -> Result<(), String> {
    let entries = fs::read_dir(root.join(folder)).map_err(|why| format!("{folder}: {why}"))?;
    for entry in entries {
        let entry = entry.map_err(|why| format!("{folder}: {why}"))?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
        // A file may vanish between listing and reading while somebody edits; that is no finding.
        let Ok(meta) = entry.metadata() else { continue };
        if meta.is_dir() {
            if SKIPPED.contains(&name.as_str()) || (folder.is_empty() && name == "data") {
                continue;
            }
            paths.insert(format!("{path}/"));
            walk(root, &path, texts, paths)?;
        } else {
            paths.insert(path.clone());
            if meta.len() <= TEXT_BYTES_MAX
                && let Ok(text) = fs::read_to_string(entry.path())
            {
                texts.push(Text { path, text });
            }
        }
    }
    Ok(())
}
