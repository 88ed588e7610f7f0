//! The command that prints what the window says.

use goscope_analysis::trace::answers::population::Population;

use crate::document::Source;
use crate::query::trace::handle::Handle;
use crate::text::shell_word;

/// `goscope trace why trace.out --task checkout`, as a shell takes it.
pub(super) fn command_line(subcommand: &str, source: &Source, population: Option<&Population>) -> String {
    let options = population.map(options).unwrap_or_default();
    let words = ["goscope", "trace", subcommand].map(str::to_owned).into_iter().chain([file(source)]);
    words.chain(options).map(|word| shell_word(&word).into_owned()).collect::<Vec<_>>().join(" ")
}

/// `goscope trace findings trace.out`.
pub(super) fn findings_line(source: &Source) -> String {
    command_line("findings", source, None)
}

/// A file whose name is no text cannot be typed anyway.
fn file(source: &Source) -> String {
    let whole = source.whole();
    whole.word().unwrap_or_else(|| whole.place())
}

/// The options that choose a population, or the handle of one instance.
fn options(population: &Population) -> Vec<String> {
    let named = |name: &Option<String>| name.clone().unwrap_or_else(|| "*".to_owned());
    let (option, name) = match population {
        Population::Tasks(name) => ("--task", named(name)),
        Population::Regions(name) => ("--region", named(name)),
        Population::Requests(endpoint) => ("--http", named(endpoint)),
        Population::Goroutines(function) => ("--function", function.clone()),
        Population::One(one) => return vec![Handle::One(*one).to_string()],
    };
    vec![option.to_owned(), name]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_takes_the_line_as_it_is() {
        let line =
            |file: &str, population| command_line("why", &Source::File(file.into()), Some(&population));
        let tasks = Population::Tasks(Some("check out".to_owned()));
        assert_eq!(line("a/trace.out", tasks), "goscope trace why a/trace.out --task 'check out'");
        assert_eq!(
            line("it's.out", Population::Regions(None)),
            "goscope trace why 'it'\\''s.out' --region '*'"
        );
        let endpoint = Population::Requests(Some("main.(*Shop).serve".to_owned()));
        assert_eq!(line("t", endpoint), "goscope trace why t --http 'main.(*Shop).serve'");
    }
}
