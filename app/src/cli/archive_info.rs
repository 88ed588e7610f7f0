//! What `goscope info` says of an archive with several files: what is in it, and what each of them is.

use serde::Serialize;

use crate::archive::{Archive, Member};

/// Facts, a line each.
pub(super) fn lines(file: &str, archive: &Archive) -> Vec<(&'static str, String)> {
    let mut lines = vec![("file", file.to_owned()), ("format", format!("{} archive", archive.format()))];
    lines.extend(archive.damage().map(|damage| ("damaged", damage.to_owned())));
    lines.extend(archive.members().iter().map(|member| {
        let Member { name, n_bytes, .. } = member;
        ("member", format!("{name} ({n_bytes} bytes), {}", kind(archive, member)))
    }));
    lines
}

/// What a member is, or why nobody can tell.
fn kind(archive: &Archive, member: &Member) -> String {
    match archive.content(member) {
        Err(reason) => reason,
        Ok(_) => {
            archive.kind(member).map_or_else(|| "another file".to_owned(), |kind| kind.name().to_owned())
        }
    }
}

/// What `--json` prints.
#[derive(Serialize)]
pub(super) struct ArchiveJson<'a> {
    schema: &'static str,
    file: &'a str,
    format: &'a str,
    damage: Option<&'a str>,
    members: Vec<MemberJson<'a>>,
}

#[derive(Serialize)]
struct MemberJson<'a> {
    name: &'a str,
    bytes: u64,
    kind: Option<&'static str>,
}

pub(super) fn json<'a>(file: &'a str, archive: &'a Archive) -> ArchiveJson<'a> {
    let member = |member: &'a Member| MemberJson {
        name: &member.name,
        bytes: member.n_bytes,
        kind: archive.kind(member).map(|kind| kind.name()),
    };
    let members = archive.members().iter().map(member).collect();
    ArchiveJson {
        schema: "goscope.archive_info/1",
        file,
        format: archive.format(),
        damage: archive.damage(),
        members,
    }
}
