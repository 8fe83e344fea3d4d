//! placeholder
#[derive(Debug)]
pub struct ClientAck;
impl ClientAck {
    pub fn give(self) {}
}
