//! pprof's profile.proto: reading it into tables, building and writing it.

mod builder;
mod profile;

pub use builder::ProfileBuilder;
pub use profile::{
    Function, FunctionId, Label, Line, LocationId, LocationTable, Mapping, MappingFlags, MappingId, Profile,
    SampleTable, StringId, StringTable, ValueType,
};
