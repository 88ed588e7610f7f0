//! The frame of a page for a browser: it needs nothing from elsewhere and runs no script.

use goscope_flamegraph::palette::{Theme, change_color};

/// Names come from files: even if one slipped through, the browser runs and fetches nothing.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/// How a page ends.
pub(crate) const END: &str = "</body>\n</html>\n";

/// How a page begins, up to its body. `title` is escaped already; `style` may use the variables of both themes.
pub(crate) fn begin(title: &str, style: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{title}</title>\n<style>\n{}{style}</style>\n\
         </head>\n<body>\n",
        colors()
    )
}

/// The colors of both themes as variables.
fn colors() -> String {
    let variables = |theme: Theme| {
        format!(
            "--ground:{};--text:{};--quiet:{};--box:{};--line:{};--more:{};--less:{}",
            theme.ground(),
            theme.text(),
            theme.quiet_text(),
            theme.root(),
            theme.merged(),
            change_color(1.0, theme),
            change_color(-1.0, theme)
        )
    };
    format!(
        ":root {{ {} }}\n@media (prefers-color-scheme: dark) {{ :root {{ {} }} }}\n",
        variables(Theme::Light),
        variables(Theme::Dark)
    )
}
