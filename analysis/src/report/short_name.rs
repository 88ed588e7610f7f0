//! Function names as pictures show them: without directories, versions and namespaces.
//!
//! Source: google/pprof `graph.ShortenFunctionName`. The rules are tried in this order and the first that fits is
//! applied: Go's (a path of directories before the package goes), Java's (packages before `Class.method` and
//! arguments go), C++'s (namespaces before `Class::method` go).

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

static GO: LazyLock<Regex> = LazyLock::new(|| rule(r"^(?:[0-9A-Za-z_.-]+/)+([^.]+\..+)"));
static GO_VERSION: LazyLock<Regex> = LazyLock::new(|| rule(r"^(.*?)/v(?:[2-9]|[1-9][0-9]+)([./].*)$"));
static JAVA: LazyLock<Regex> = LazyLock::new(|| {
    rule(
        r"^(?:[a-z][0-9A-Za-z_]*\.)*([A-Z][0-9A-Za-z_$]*\.(?:<init>|[a-z][0-9A-Za-z_$]*(?:\$[0-9]+)?))(?:\(|$)",
    )
});
static CPP: LazyLock<Regex> = LazyLock::new(|| {
    rule(r"^(?:[_a-zA-Z][0-9A-Za-z_]*::)+(_*[A-Z][0-9A-Za-z_]*::~?[_a-zA-Z][0-9A-Za-z_]*(?:<.*>)?)")
});

fn rule(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a pattern of ours")
}

/// The short name.
pub(super) fn short_name(name: &str) -> Cow<'_, str> {
    let name = name.strip_prefix("(anonymous namespace)::").unwrap_or(name);
    let name: Cow<'_, str> = match GO_VERSION.captures(name) {
        Some(parts) => Cow::Owned(format!("{}{}", &parts[1], &parts[2])),
        None => Cow::Borrowed(name),
    };
    let rules = [&GO, &JAVA, &CPP];
    let short = rules.iter().find_map(|rule| Some(rule.captures(&name)?.get(1)?.range()));
    match (short, name) {
        (None, name) => name,
        (Some(range), Cow::Borrowed(name)) => Cow::Borrowed(&name[range]),
        (Some(range), Cow::Owned(name)) => Cow::Owned(name[range].to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::short_name;

    #[test]
    fn directories_versions_and_namespaces_go() {
        for (name, short) in [
            ("github.com/x/y/pkg.(*T).Method", "pkg.(*T).Method"),
            ("github.com/x/y/v3.Call", "y.Call"),
            ("github.com/x/y/v3/sub.Call", "sub.Call"),
            ("runtime.mallocgc", "runtime.mallocgc"),
            ("java.util.concurrent.ThreadPool.run(int)", "ThreadPool.run"),
            ("std::detail::Vector::push<int>", "Vector::push<int>"),
            ("(anonymous namespace)::f", "f"),
            ("", ""),
        ] {
            assert_eq!(short_name(name), short, "{name}");
        }
    }
}
