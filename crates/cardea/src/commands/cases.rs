//! `cardea cases`: whether the definition of a kind of case holds together, before a server is given it.

use super::CommandError;
use cases::{Calendar, Calendars, Kind, Registry, diagram, lint};
use clap::{Args, Subcommand};
use std::fs;
use std::path::{Path, PathBuf};

/// What to do with definitions.
#[derive(Subcommand, Debug, Clone)]
pub enum CasesCommand {
    /// Says what is wrong with a definition, where, and how to mend it.
    Lint(FileArgs),
    /// Draws a kind as a Mermaid state diagram.
    Draw(DrawArgs),
}

/// Which definition.
#[derive(Args, Debug, Clone)]
pub struct FileArgs {
    /// The definition, a TOML file.
    pub file: PathBuf,
    /// The folder of calendars; absent: `calendars` beside the folder of the definition.
    #[arg(long)]
    pub calendars: Option<PathBuf>,
    /// One JSON array instead of sentences.
    #[arg(long)]
    pub json: bool,
}

/// Which definition, in which language.
#[derive(Args, Debug, Clone)]
pub struct DrawArgs {
    /// The definition, a TOML file.
    pub file: PathBuf,
    /// The language of the labels: zh-Hans, zh-Hant or en.
    #[arg(long, default_value = "en")]
    pub language: String,
}

/// Does it.
///
/// # Errors
/// [`CommandError::Other`] when a file can't be read, or has findings.
pub fn run(command: &CasesCommand) -> Result<(), CommandError> {
    match command {
        CasesCommand::Lint(args) => check(args),
        CasesCommand::Draw(args) => {
            super::print(diagram(&kind(&args.file)?, &args.language).trim_end());
            Ok(())
        }
    }
}

fn check(args: &FileArgs) -> Result<(), CommandError> {
    let kind = kind(&args.file)?;
    let beside = args.file.parent().and_then(Path::parent).map(|folder| folder.join("calendars"));
    let folder = args.calendars.clone().or(beside).unwrap_or_default();
    let found = lint(&kind, &Registry::standard(), &calendars(&folder)?);
    if args.json {
        super::print(&serde_json::to_string(&found)?);
    } else {
        found.iter().for_each(|finding| super::print(&finding.to_string()));
    }
    if found.is_empty() {
        if !args.json {
            super::print(&format!("ok: {}, version {}, has no findings", kind.id, kind.version));
        }
        return Ok(());
    }
    Err(CommandError::other(format!("{} findings", found.len())))
}

fn kind(file: &Path) -> Result<Kind, CommandError> {
    Kind::parse(&read(file)?).map_err(|why| CommandError::other(format!("{}: {why}", file.display())))
}

fn calendars(folder: &Path) -> Result<Calendars, CommandError> {
    let mut found = Calendars::new();
    let listed =
        fs::read_dir(folder).map_err(|why| CommandError::other(format!("{}: {why}", folder.display())))?;
    for file in listed {
        let path = file.map_err(CommandError::other)?.path();
        let name = path.file_stem().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        if path.extension().is_some_and(|ending| ending == "toml") {
            let calendar = Calendar::parse(&read(&path)?);
            let calendar =
                calendar.map_err(|why| CommandError::other(format!("{}: {why}", path.display())))?;
            found.insert(name, calendar);
        }
    }
    Ok(found)
}

fn read(file: &Path) -> Result<String, CommandError> {
    fs::read_to_string(file).map_err(|why| CommandError::other(format!("{}: {why}", file.display())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::TempDir;

    fn sample() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/issuer")
    }

    fn linted(file: PathBuf) -> Result<(), CommandError> {
        let calendars = Some(sample().join("calendars"));
        run(&CasesCommand::Lint(FileArgs { file, calendars, json: false }))
    }

    #[test]
    fn the_sample_issuers_definitions_pass_with_the_calendars_beside_them() {
        for kind in ["complaint", "change_request"] {
            let file = sample().join(format!("cases/{kind}.toml"));
            run(&CasesCommand::Lint(FileArgs { file, calendars: None, json: true })).expect(kind);
        }
    }

    #[test]
    fn a_definition_with_a_finding_ends_the_command_with_failure() {
        let folder = TempDir::new().expect("a folder");
        let file = folder.path().join("complaint.toml");
        let text = fs::read_to_string(sample().join("cases/complaint.toml")).expect("the sample");
        fs::write(&file, text.replace("quorum = 2", "quorum = 9")).expect("written");
        let error = linted(file.clone()).expect_err("no nine approvers");
        assert!(error.to_string().contains("1 findings"), "{error}");
        fs::write(&file, "version = one").expect("written");
        assert!(linted(file).expect_err("no TOML").to_string().contains("complaint.toml"));
    }
}
