//! The command line of a program, without the passwords that people put there.

/// Words in names of flags whose values nobody else may read.
const SECRET_WORDS: [&str; 6] = ["pass", "pwd", "secret", "token", "key", "cred"];

/// What stands for a value.
const HIDDEN: &str = "***";

/// A command line as `/debug/pprof/cmdline` gives it, arguments joined by NUL, as lines; values of flags that sound like
/// secrets and passwords in addresses are replaced.
pub(super) fn without_secrets(command_line: &str) -> String {
    let mut text = String::new();
    let mut is_value = false;
    for argument in command_line.split('\0') {
        let flag = argument.strip_prefix('-').map(|rest| rest.trim_start_matches('-'));
        let shown = match (flag, argument.split_once('=')) {
            _ if is_value && flag.is_none() => HIDDEN.to_owned(),
            (_, Some((name, _))) if is_secret(name) => format!("{name}={HIDDEN}"),
            _ => without_password(argument),
        };
        is_value = flag.is_some_and(|name| !name.contains('=') && is_secret(name));
        text.push_str(&shown);
        text.push('\n');
    }
    text
}

fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    SECRET_WORDS.iter().any(|word| name.contains(word))
}

/// `postgres://me:pw@db/x` as `postgres://me:***@db/x`.
fn without_password(argument: &str) -> String {
    let Some((scheme, rest)) = argument.split_once("://") else { return argument.to_owned() };
    let (place, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    match place.rsplit_once('@') {
        Some((user, host)) => {
            let name = user.split(':').next().unwrap_or_default();
            format!("{scheme}://{name}:{HIDDEN}@{host}{path}")
        }
        None => argument.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_replaced() {
        for (arguments, shown) in [
            (&["./shop", "-addr", ":8080"][..], "./shop -addr :8080"),
            (&["x", "--db-password=pw", "-v"], "x --db-password=*** -v"),
            (&["x", "-token", "t0ken", "y"], "x -token *** y"),
            (&["x", "-token", "-v", "y"], "x -token -v y"),
            (&["x", "DB_PASS=pw"], "x DB_PASS=***"),
            (&["x", "-dsn=postgres://me:pw@db:5432/shop"], "x -dsn=postgres://me:***@db:5432/shop"),
        ] {
            assert_eq!(without_secrets(&arguments.join("\0")).trim_end().replace('\n', " "), shown);
        }
    }
}
