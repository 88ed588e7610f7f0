//! Which names and how many of them are taken from an archive.

/// The most members that are looked at.
pub(super) const MOST_MEMBERS: usize = 100_000;

/// The longest name of a member.
const MAX_NAME_BYTES: usize = 1000;

/// Whether a name is that of a file somebody put in: no folder, and nothing that macOS writes beside files.
pub(super) fn is_file(name: &str) -> bool {
    !name.ends_with('/') && !name.starts_with("__MACOSX/") && !name.ends_with(".DS_Store")
}

/// Whether a name stays inside the archive. Nothing is written under it, but whoever made such a one means no good.
pub(super) fn is_inside(name: &str) -> bool {
    let is_part = |part: &str| !part.is_empty() && part != "." && part != "..";
    name.len() <= MAX_NAME_BYTES && !name.contains('\0') && name.trim_end_matches('/').split('/').all(is_part)
}

/// The sentence for a name that leads out.
pub(super) fn leads_out(name: &str) -> String {
    let shown: String = goscope_parsers::printable(name).chars().take(100).collect();
    format!("the archive has an entry of the name {shown:?}, which leads out of it")
}
