//! Which reports a command writes, and where: `--format` and `--output`, each as often as needed.

use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, Error, FromArgMatches, ValueEnum};

/// How a report is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people: the lines, the fixes, a summary
    Text,
    /// For programs: one stable shape
    Json,
}

/// One report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    /// How.
    pub(super) format: Format,
    /// Where; `None` is standard output.
    pub(super) file: Option<PathBuf>,
}

/// The reports of one run; never none, and at most one on standard output.
///
/// An `--output` belongs to the `--format` before it, so these arguments are read by their places, which derived code cannot.
#[derive(Clone, Debug)]
pub(super) struct Outputs(Vec<Target>);

impl Outputs {
    pub(super) fn targets(&self) -> &[Target] {
        &self.0
    }
}

impl Args for Outputs {
    fn augment_args(command: Command) -> Command {
        let format = Arg::new("format")
            .long("format")
            .value_name("FORMAT")
            .value_parser(clap::value_parser!(Format))
            .action(ArgAction::Append)
            .help("How to write the report [default: text]");
        let output = Arg::new("output")
            .long("output")
            .value_name("FILE")
            .value_parser(clap::value_parser!(PathBuf))
            .action(ArgAction::Append)
            .help(
                "Write the report of the --format before it to this file; standard output without",
            );
        command.arg(format).arg(output)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Outputs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let formats = placed::<Format>(matches, "format").map(|(place, format)| (place, *format));
        let outputs =
            placed::<PathBuf>(matches, "output").map(|(place, file)| (place, file.clone()));
        pair(formats.collect(), outputs.collect())
            .map(Self)
            .map_err(|message| Error::raw(ErrorKind::ArgumentConflict, message))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

fn placed<'a, T: Clone + Send + Sync + 'static>(
    matches: &'a ArgMatches,
    name: &str,
) -> impl Iterator<Item = (usize, &'a T)> {
    let places = matches.indices_of(name).into_iter().flatten();
    places.zip(matches.get_many::<T>(name).into_iter().flatten())
}

/// Gives each output to the format before it; one format and one output belong together in any order.
fn pair(
    mut formats: Vec<(usize, Format)>,
    mut outputs: Vec<(usize, PathBuf)>,
) -> Result<Vec<Target>, &'static str> {
    if formats.is_empty() {
        formats.push((0, Format::Text));
    }
    if let ([format], [output]) = (&formats[..], &mut outputs[..]) {
        output.0 = output.0.max(format.0);
    }
    let mut targets: Vec<Target> =
        formats.iter().map(|(_, format)| Target { format: *format, file: None }).collect();
    for (place, file) in outputs {
        let before = formats.partition_point(|(format, _)| *format <= place);
        let Some(target) = before.checked_sub(1).and_then(|index| targets.get_mut(index)) else {
            return Err("write each --output behind the --format that it belongs to");
        };
        if target.file.replace(file).is_some() {
            return Err("one --format has two --output; repeat the --format");
        }
    }
    if targets.iter().filter(|target| target.file.is_none()).count() > 1 {
        return Err("two reports cannot share standard output; give all but one an --output");
    }
    Ok(targets)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::{Format, Outputs, Target};

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        outputs: Outputs,
    }

    #[track_caller]
    fn parsed(line: &str) -> Result<Vec<(Format, Option<String>)>, String> {
        let words = std::iter::once("check").chain(line.split_whitespace());
        let line = Line::try_parse_from(words).map_err(|error| error.to_string())?;
        let row = |target: &Target| {
            (target.format, target.file.as_ref().map(|file| file.display().to_string()))
        };
        Ok(line.outputs.targets().iter().map(row).collect())
    }

    #[test]
    fn outputs_belong_to_the_format_before_them() {
        let to = |format, file: &str| (format, Some(file.to_owned()));
        let (text, json) = (Format::Text, Format::Json);
        assert_eq!(parsed(""), Ok(vec![(text, None)]));
        assert_eq!(parsed("--format json"), Ok(vec![(json, None)]));
        assert_eq!(parsed("--output a"), Ok(vec![to(text, "a")]));
        assert_eq!(parsed("--output a --format json"), Ok(vec![to(json, "a")]));
        let mixed = "--format text --format json --output a";
        assert_eq!(parsed(mixed), Ok(vec![(text, None), to(json, "a")]));
        let both = "--format json --output a --format text --output b";
        assert_eq!(parsed(both), Ok(vec![to(json, "a"), to(text, "b")]));
    }

    #[test]
    fn what_cannot_be_paired_is_refused() {
        for line in [
            "--format text --format json",
            "--format text --output a --output b",
            "--output a --format text --format json",
        ] {
            assert!(parsed(line).unwrap_err().starts_with("error: "), "{line}");
        }
    }
}
