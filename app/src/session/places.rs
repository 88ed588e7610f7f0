//! Where the files of a session are: as a path from the folder that the session is in, if they are near it, so that a
//! folder with both can be moved and sent.

use std::path::{Component, Path, PathBuf};

/// The path to a file as it is saved, with `/` between names: from `folder` if the file is below it or below the folder
/// that it is in, else in full. `None` if it is no text.
pub(super) fn saved_path(path: &Path, folder: &Path) -> Option<String> {
    let path = absolute(path);
    let folder = absolute(folder);
    let below = path.strip_prefix(&folder).ok().map(Path::to_owned);
    // Nothing is near to all that there is: what is below the root is not beside a folder in it.
    let parent = folder.parent().filter(|parent| parent.parent().is_some());
    let beside = || Some(Path::new("..").join(path.strip_prefix(parent?).ok()?));
    match below.or_else(beside) {
        Some(near) => {
            let names: Option<Vec<&str>> = near.components().map(|name| name.as_os_str().to_str()).collect();
            names.map(|names| names.join("/"))
        }
        None => path.to_str().map(str::to_owned),
    }
}

/// The path that was saved.
pub(super) fn real_path(saved: &str, folder: &Path) -> PathBuf {
    absolute(&absolute(folder).join(saved))
}

/// A path that means the same in every folder, without `.` and `..`: by its words alone, since the file may be gone.
fn absolute(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            other => plain.push(other),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn near_files_are_saved_from_where_the_session_is() {
        for (path, folder, saved) in [
            ("/w/shop/cpu.pb.gz", "/w/shop", "cpu.pb.gz"),
            ("/w/shop/runs/1/cpu.pb.gz", "/w/shop", "runs/1/cpu.pb.gz"),
            ("/w/old/cpu.pb.gz", "/w/shop", "../old/cpu.pb.gz"),
            ("/x/old/cpu.pb.gz", "/w/shop", "/x/old/cpu.pb.gz"),
            ("/tmp/cpu.pb.gz", "/w", "/tmp/cpu.pb.gz"),
            ("/w/shop/../old/./cpu.pb.gz", "/w/shop", "../old/cpu.pb.gz"),
        ] {
            assert_eq!(saved_path(Path::new(path), Path::new(folder)).as_deref(), Some(saved));
        }
        assert_eq!(real_path("../old/cpu.pb.gz", Path::new("/new/shop")), Path::new("/new/old/cpu.pb.gz"));
        assert_eq!(real_path("/x/cpu.pb.gz", Path::new("/new/shop")), Path::new("/x/cpu.pb.gz"));
    }
}
