//! The messages behind the samples: mappings, locations with their lines, functions.

use super::decode::{Decoder, Table};
use super::profile::{Function, FunctionId, Line, Mapping, ValueType};
use super::wire::key::{BYTES_4, INT_1, INT_2, INT_3, INT_4, INT_5, INT_6, INT_7, INT_8, INT_9, INT_10};
use super::wire::{Fault, Names, bytes, varint};

const VALUE_TYPE: Names = Names { message: "ValueType", fields: &["type", "unit"] };
const FUNCTION: Names =
    Names { message: "Function", fields: &["id", "name", "system_name", "filename", "start_line"] };
const LOCATION: Names =
    Names { message: "Location", fields: &["id", "mapping_id", "address", "line", "is_folded"] };
const LINE: Names = Names { message: "Line", fields: &["function_id", "line", "column"] };
const MAPPING: Names = Names {
    message: "Mapping",
    fields: &[
        "id",
        "memory_start",
        "memory_limit",
        "file_offset",
        "filename",
        "build_id",
        "has_functions",
        "has_filenames",
        "has_line_numbers",
        "has_inline_frames",
    ],
};

impl Decoder {
    pub(super) fn decode_value_type(&mut self, message: &[u8]) -> Result<ValueType, Fault> {
        let mut value_type = ValueType::default();
        let mut rest = message;
        while !rest.is_empty() {
            let left = rest.len();
            match varint(&mut rest)? {
                INT_1 => value_type.kind = self.string(&mut rest, left, "ValueType.type")?,
                INT_2 => value_type.unit = self.string(&mut rest, left, "ValueType.unit")?,
                key => VALUE_TYPE.skip(key, left, &mut rest)?,
            }
        }
        Ok(value_type)
    }

    pub(super) fn decode_mapping(&mut self, message: &[u8]) -> Result<(), Fault> {
        let mut mapping = Mapping::default();
        let mut rest = message;
        while !rest.is_empty() {
            let left = rest.len();
            match varint(&mut rest)? {
                INT_1 => mapping.id = varint(&mut rest)?,
                INT_2 => mapping.memory_start = varint(&mut rest)?,
                INT_3 => mapping.memory_limit = varint(&mut rest)?,
                INT_4 => mapping.file_offset = varint(&mut rest)?,
                INT_5 => mapping.filename = self.string(&mut rest, left, "Mapping.filename")?,
                INT_6 => mapping.build_id = self.string(&mut rest, left, "Mapping.build_id")?,
                INT_7 => mapping.flags.has_functions = varint(&mut rest)? != 0,
                INT_8 => mapping.flags.has_filenames = varint(&mut rest)? != 0,
                INT_9 => mapping.flags.has_line_numbers = varint(&mut rest)? != 0,
                INT_10 => mapping.flags.has_inline_frames = varint(&mut rest)? != 0,
                key => MAPPING.skip(key, left, &mut rest)?,
            }
        }
        self.check_id(mapping.id, Table::Mapping, message.len())?;
        self.profile.mappings.push(mapping);
        Ok(())
    }

    pub(super) fn decode_function(&mut self, message: &[u8]) -> Result<(), Fault> {
        let mut function = Function::default();
        let mut rest = message;
        while !rest.is_empty() {
            let left = rest.len();
            match varint(&mut rest)? {
                INT_1 => function.id = varint(&mut rest)?,
                INT_2 => function.name = self.string(&mut rest, left, "Function.name")?,
                INT_3 => function.system_name = self.string(&mut rest, left, "Function.system_name")?,
                INT_4 => function.filename = self.string(&mut rest, left, "Function.filename")?,
                INT_5 => function.start_line = varint(&mut rest)?.cast_signed(),
                key => FUNCTION.skip(key, left, &mut rest)?,
            }
        }
        self.check_id(function.id, Table::Function, message.len())?;
        self.profile.functions.push(function);
        Ok(())
    }

    pub(super) fn decode_location(&mut self, message: &[u8]) -> Result<(), Fault> {
        let (mut id, mut address, mut mapping_id, mut is_folded) = (0, 0, 0, false);
        let mut rest = message;
        while !rest.is_empty() {
            let left = rest.len();
            match varint(&mut rest)? {
                INT_1 => id = varint(&mut rest)?,
                INT_2 => mapping_id = varint(&mut rest)?,
                INT_3 => address = varint(&mut rest)?,
                BYTES_4 => {
                    let line = self.decode_line(bytes(&mut rest, left)?);
                    let line = line.map_err(|fault| fault.followed_by(rest.len()))?;
                    self.profile.locations.lines.push(line);
                }
                INT_5 => is_folded = varint(&mut rest)? != 0,
                key => LOCATION.skip(key, left, &mut rest)?,
            }
        }
        self.check_id(id, Table::Location, message.len())?;
        let mapping = self.mapping_stand_in(mapping_id);
        self.profile.locations.end_location(id, address, mapping, is_folded);
        Ok(())
    }

    fn decode_line(&mut self, message: &[u8]) -> Result<Line, Fault> {
        let mut function_id = 0;
        let mut line = Line::default();
        let mut rest = message;
        while !rest.is_empty() {
            let left = rest.len();
            match varint(&mut rest)? {
                INT_1 => function_id = varint(&mut rest)?,
                INT_2 => line.line = varint(&mut rest)?.cast_signed(),
                INT_3 => line.column = varint(&mut rest)?.cast_signed(),
                key => LINE.skip(key, left, &mut rest)?,
            }
        }
        line.function = FunctionId(self.function_stand_in(function_id, message.len())?);
        Ok(line)
    }
}
