//! Function names as two builds have them in common: without type arguments, wrappers and numbers of closures.

use std::borrow::Cow;

use crate::symbol;

/// The name under which a function is compared.
///
/// | in the profile | compared as |
/// |---|---|
/// | `main.Map[go.shape.int]` | `main.Map[…]` |
/// | `main.(*T).Get-fm`, `main.Walk-range1` | `main.(*T).Get`, `main.Walk` |
/// | `main.f.gowrap1`, `main.f.deferwrap2`, `main.f·dwrap·1` | `main.f` |
pub fn compared_name(name: &str) -> Cow<'_, str> {
    let kept = without_wrappers(name);
    let has_arguments = kept.find('[').is_some_and(|at| at > 0);
    if has_arguments { Cow::Owned(without_type_arguments(kept)) } else { Cow::Borrowed(kept) }
}

/// Cuts what the compiler adds for method values, range functions, `go` and `defer`.
fn without_wrappers(mut name: &str) -> &str {
    loop {
        let shorter = name
            .strip_suffix("-fm")
            .or_else(|| without_number(name, "-range"))
            .or_else(|| without_number(name, ".gowrap"))
            .or_else(|| without_number(name, ".deferwrap"))
            .or_else(|| without_number(name, "·dwrap·"));
        match shorter {
            Some(shorter) if !shorter.is_empty() => name = shorter,
            _ => return name,
        }
    }
}

/// The name without a mark and the number behind it at its end.
fn without_number<'n>(name: &'n str, mark: &str) -> Option<&'n str> {
    let unnumbered = name.trim_end_matches(|letter: char| letter.is_ascii_digit());
    if unnumbered.len() < name.len() { unnumbered.strip_suffix(mark) } else { None }
}

/// Replaces what stands in brackets by `…`.
fn without_type_arguments(name: &str) -> String {
    let mut short = String::with_capacity(name.len());
    let mut depth = 0_u32;
    for letter in name.chars() {
        match letter {
            '[' => {
                depth += 1;
                if depth == 1 {
                    short.push_str("[…");
                }
            }
            ']' if depth > 0 => {
                depth -= 1;
                if depth == 0 {
                    short.push(']');
                }
            }
            _ if depth > 0 => {}
            letter => short.push(letter),
        }
    }
    short
}

/// The function that a closure stands in; `None` for a name that is no closure's.
///
/// ```text
/// main.(*Server).search.func1.2      main.(*Server).search
/// main.main.(*Server).endpoint.func6 main.main.(*Server).endpoint      inlined into main.main
/// ```
pub(super) fn outer_function(name: &str) -> Option<&str> {
    let package = symbol::package_of(name).len();
    let mut outer = name;
    while let Some(dot) = outer[package..].rfind('.') {
        let part = &outer[package + dot + 1..];
        let digits = part.strip_prefix("func").unwrap_or(part);
        let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number {
            break;
        }
        outer = &outer[..package + dot];
    }
    (outer.len() < name.len() && outer.len() > package).then_some(outer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_what_builds_add() {
        for (name, expected) in [
            ("main.Map[go.shape.int]", "main.Map[…]"),
            ("main.(*Set[go.shape.struct { a.B[int] }]).Add", "main.(*Set[…]).Add"),
            ("main.(*T).Get-fm", "main.(*T).Get"),
            ("main.Walk-range1", "main.Walk"),
            ("main.f.gowrap1", "main.f"),
            ("main.f.deferwrap12", "main.f"),
            ("main.f·dwrap·1", "main.f"),
            ("main.f.func1.gowrap2", "main.f.func1"),
            ("main.range1", "main.range1"),
            ("[libc.so.6]", "[libc.so.6]"),
            ("-fm", "-fm"),
            ("", ""),
        ] {
            assert_eq!(compared_name(name), expected);
        }
    }

    #[test]
    fn closures_stand_in_a_function() {
        for (name, expected) in [
            ("main.(*Server).search.func1", Some("main.(*Server).search")),
            ("main.(*Server).search.func1.2", Some("main.(*Server).search")),
            ("main.main.(*Server).endpoint.func6.1", Some("main.main.(*Server).endpoint")),
            ("main.function", None),
            ("main.func1", None),
            ("gopkg.in/yaml%2ev3.parse", None),
        ] {
            assert_eq!(outer_function(name), expected, "{name}");
        }
    }
}
