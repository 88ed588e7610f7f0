//! How a binary was built, as far as its profile says so.
//!
//! | fact | where it stands |
//! |---|---|
//! | build id | in the first mapping; Go writes it since 1.24 |
//! | version of Go, architecture | in paths of a downloaded toolchain: `…/toolchain@v0.0.1-go1.27.1.linux-amd64/src/…` |
//! | architecture | in the names of the runtime's assembly files: `memmove_amd64.s` |
//! | all but the build id | in comments that somebody wrote: `GOARCH=arm64`, `go1.27.1`, `-pgo=default.pgo` |

use std::borrow::Cow;

use goscope_parsers::pprof::{Profile, StringId};

use crate::verdict::run::Build;

/// Architectures that the runtime has assembly files for.
const ARCHITECTURES: [&str; 10] =
    ["386", "amd64", "arm", "arm64", "loong64", "ppc64x", "riscv64", "s390x", "wasm", "mips64x"];

/// What a profile says of the build of its binary.
pub(super) fn build_of(profile: &Profile) -> Build {
    let text = |id: StringId| profile.text(id);
    let id = profile.mappings.first().map(|mapping| text(mapping.build_id).into_owned());
    let mut build = Build { id: id.filter(|id| !id.is_empty()), ..Build::default() };
    for &comment in &profile.comments {
        from_comment(&text(comment), &mut build);
    }
    let mut last = StringId::default();
    for function in &profile.functions {
        if build.goarch.is_some() && build.go_version.is_some() {
            break;
        }
        if function.filename == last {
            continue;
        }
        last = function.filename;
        let is_assembly = profile.strings.bytes(last).ends_with(b".s");
        if is_assembly || build.go_version.is_none() {
            from_file(&text(last), &mut build);
        }
    }
    build
}

fn from_comment(comment: &str, build: &mut Build) {
    let words = comment.split(|letter: char| letter.is_whitespace() || ",;\"'".contains(letter));
    for word in words {
        let value = |key: &str| {
            let rest = word
                .get(..key.len())
                .filter(|start| start.eq_ignore_ascii_case(key))
                .map(|_| &word[key.len()..]);
            rest.filter(|value| !value.is_empty()).map(str::to_owned)
        };
        if let Some(goarch) = value("GOARCH=") {
            build.goarch = Some(goarch);
        } else if let Some(pgo) = value("-pgo=").or_else(|| value("pgo=")) {
            build.pgo = Some(pgo);
        } else if is_go_version(word) {
            build.go_version = Some(word.to_owned());
        }
    }
}

fn from_file(file: &str, build: &mut Build) {
    if let Some(toolchain) =
        file.split_once("/toolchain@v0.0.1-").and_then(|(_, rest)| rest.split('/').next())
    {
        // go1.27.1.linux-amd64
        if let Some((version, platform)) =
            toolchain.rsplit_once('.').filter(|(version, _)| is_go_version(version))
        {
            build.go_version.get_or_insert_with(|| version.to_owned());
            if let Some((_, goarch)) = platform.split_once('-') {
                build.goarch.get_or_insert_with(|| goarch.to_owned());
            }
        }
    }
    let is_of_runtime =
        file.starts_with("runtime/") || file.contains("/src/runtime/") || file.contains("/runtime/internal/");
    if let Some(goarch) = is_of_runtime.then(|| assembly_of(file)).flatten() {
        build.goarch.get_or_insert_with(|| goarch.to_owned());
    }
}

/// The architecture in the name of an assembly file.
fn assembly_of(file: &str) -> Option<&'static str> {
    let name = file.strip_suffix(".s")?;
    let last = name.rsplit(['/', '_']).next()?;
    ARCHITECTURES.into_iter().find(|goarch| *goarch == last)
}

/// Whether a word is a version such as `go1.27` or `go1.27rc1`.
fn is_go_version(word: &str) -> bool {
    let number: Option<Cow<'_, str>> = word.strip_prefix("go1.").map(Cow::from);
    number.is_some_and(|number| {
        number.starts_with(|letter: char| letter.is_ascii_digit())
            && number.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '.')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_and_comments_say_how_a_binary_was_built() {
        let of_file = |file: &str| {
            let mut build = Build::default();
            from_file(file, &mut build);
            (build.go_version, build.goarch)
        };
        let some = |text: &str| Some(text.to_owned());
        let toolchain =
            "/root/go/pkg/mod/golang.org/toolchain@v0.0.1-go1.27.1.linux-amd64/src/runtime/proc.go";
        assert_eq!(of_file(toolchain), (some("go1.27.1"), some("amd64")));
        assert_eq!(of_file("/usr/local/go/src/runtime/memmove_arm64.s"), (None, some("arm64")));
        assert_eq!(of_file("runtime/asm_amd64.s"), (None, some("amd64")), "built with -trimpath");
        assert_eq!(of_file("example.com/codec/fast_amd64.s"), (None, None), "not of the runtime");
        assert_eq!(of_file("/src/main.go"), (None, None));

        let mut build = Build::default();
        from_comment("built by go1.27rc1 for GOARCH=riscv64, -pgo=default.pgo; going well", &mut build);
        let Build { id, go_version, goarch, pgo } = build;
        assert_eq!(
            (id, go_version, goarch, pgo),
            (None, some("go1.27rc1"), some("riscv64"), some("default.pgo"))
        );
    }
}
