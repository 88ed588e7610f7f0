//! The hot loop: samples straight into columns, on prost's varint, nothing allocated per sample.

use super::decode::Decoder;
use super::packed::for_each_packed;
use super::profile::{Label, StringId};
use super::wire::key::{BYTES_1, BYTES_2, BYTES_3, INT_1, INT_2, INT_3, INT_4};
use super::wire::{Fault, Names, bytes, varint};

const SAMPLE: Names = Names { message: "Sample", fields: &["location_id", "value", "label"] };
const LABEL: Names = Names { message: "Label", fields: &["key", "str", "num", "num_unit"] };

impl Decoder {
    /// Appends a sample's stack, values and labels to the columns and returns how many values it has.
    pub(super) fn decode_sample(&mut self, message: &[u8]) -> Result<usize, Fault> {
        let values_before = self.profile.samples.values.len();
        let mut rest = message;
        while !rest.is_empty() {
            let left = rest.len();
            // Repeated integers may be packed or not, and both in one sample.
            match varint(&mut rest)? {
                BYTES_1 => {
                    let packed = bytes(&mut rest, left)?;
                    let n_ids = self.stacks.extend(packed);
                    self.n_stack_entries += n_ids.map_err(|fault| fault.followed_by(rest.len()))?;
                }
                INT_1 => {
                    self.stacks.push(varint(&mut rest)?)?;
                    self.n_stack_entries += 1;
                }
                BYTES_2 => {
                    let packed = bytes(&mut rest, left)?;
                    let values = &mut self.profile.samples.values;
                    for_each_packed(packed, |value| values.push(value.cast_signed()))
                        .map_err(|fault| fault.followed_by(rest.len()))?;
                }
                INT_2 => self.profile.samples.values.push(varint(&mut rest)?.cast_signed()),
                BYTES_3 => {
                    let label = bytes(&mut rest, left)?;
                    self.decode_label(label).map_err(|fault| fault.followed_by(rest.len()))?;
                }
                key => SAMPLE.skip(key, left, &mut rest)?,
            }
        }
        Ok(self.profile.samples.values.len() - values_before)
    }

    fn decode_label(&mut self, message: &[u8]) -> Result<(), Fault> {
        let mut label = Label::default();
        // Index and place: a text label's unit is never looked at, so it may be wrong.
        let mut unit = None;
        let mut rest = message;
        while !rest.is_empty() {
            let left = rest.len();
            match varint(&mut rest)? {
                INT_1 => label.key = self.string(&mut rest, left, "Label.key")?,
                INT_2 => label.str = self.string(&mut rest, left, "Label.str")?,
                INT_3 => label.num = varint(&mut rest)?.cast_signed(),
                INT_4 => unit = Some((varint(&mut rest)?, left)),
                key => LABEL.skip(key, left, &mut rest)?,
            }
        }
        if label.str != StringId(0) {
            label.num = 0;
        } else if let Some((index, left)) = unit {
            label.num_unit = self.string_from_index(index, left, "Label.num_unit")?;
        }
        if !label.is_void() {
            self.profile.samples.labels.push(label);
        }
        Ok(())
    }
}
