//! WebSocket connections (RFC 6455), for both sides, with short messages of text.

use std::io::{self, BufRead, BufReader, Error, ErrorKind, Read, Write};
use std::net::TcpStream;

const GUID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const TEXT: u8 = 0x81;
const LONGEST: usize = 1 << 16;

/// What a server answers to a client's key.
pub fn accept_key(key: &str) -> String {
    base64(&sha1(format!("{key}{GUID}").as_bytes()))
}

/// One side of a connection.
pub struct Connection {
    stream: BufReader<TcpStream>,
    masks: bool,
}

impl Connection {
    /// Answers the handshake of a client that has connected.
    pub fn accept(stream: TcpStream) -> io::Result<Self> {
        let mut stream = BufReader::new(stream);
        let key = header(&mut stream, "sec-websocket-key")?;
        write!(
            stream.get_mut(),
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {}\r\n\r\n",
            accept_key(&key)
        )?;
        Ok(Self {
            stream,
            masks: false,
        })
    }

    /// Shakes hands with a server.
    pub fn connect(mut stream: TcpStream, host: &str) -> io::Result<Self> {
        let key = base64(&[7; 16]);
        write!(
            stream,
            "GET / HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n"
        )?;
        let mut stream = BufReader::new(stream);
        if header(&mut stream, "sec-websocket-accept")? != accept_key(&key) {
            return Err(Error::new(ErrorKind::InvalidData, "no WebSocket server"));
        }
        Ok(Self {
            stream,
            masks: true,
        })
    }

    /// Sends a message of text.
    pub fn send(&mut self, text: &str) -> io::Result<()> {
        let mut frame = vec![TEXT];
        let mask = if self.masks { 0x80 } else { 0 };
        match u16::try_from(text.len()) {
            Ok(length) if length < 126 => frame.push(mask | length as u8),
            Ok(length) => {
                frame.push(mask | 126);
                frame.extend(length.to_be_bytes());
            }
            Err(_) => return Err(Error::new(ErrorKind::InvalidInput, "too long")),
        }
        if self.masks {
            frame.extend([0; 4]); // a mask that changes nothing
        }
        frame.extend(text.as_bytes());
        self.stream.get_mut().write_all(&frame)
    }

    /// Waits for a message.
    pub fn receive(&mut self) -> io::Result<String> {
        let mut head = [0; 2];
        self.stream.read_exact(&mut head)?;
        if head[0] != TEXT {
            return Err(Error::new(ErrorKind::Unsupported, "not a whole text"));
        }
        let mut length = usize::from(head[1] & 0x7f);
        if length == 126 {
            let mut bytes = [0; 2];
            self.stream.read_exact(&mut bytes)?;
            length = usize::from(u16::from_be_bytes(bytes));
        }
        if length > LONGEST || head[1] & 0x7f == 127 {
            return Err(Error::new(ErrorKind::InvalidData, "too long"));
        }
        let mut mask = [0; 4];
        if head[1] & 0x80 != 0 {
            self.stream.read_exact(&mut mask)?;
        }
        let mut text = vec![0; length];
        self.stream.read_exact(&mut text)?;
        for (i, byte) in text.iter_mut().enumerate() {
            *byte ^= mask[i % 4];
        }
        String::from_utf8(text).map_err(|_| Error::new(ErrorKind::InvalidData, "no UTF-8"))
    }
}

/// The value of one header; reads all of them.
fn header(stream: &mut BufReader<TcpStream>, wanted: &str) -> io::Result<String> {
    let mut value = Err(Error::new(ErrorKind::InvalidData, "no WebSocket"));
    loop {
        let mut line = String::new();
        if stream.take(8192).read_line(&mut line)? == 0 || line.trim().is_empty() {
            return value;
        }
        if let Some((name, text)) = line.split_once(':') {
            if name.eq_ignore_ascii_case(wanted) {
                value = Ok(text.trim().to_string());
            }
        }
    }
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for part in bytes.chunks(3) {
        let mut three = [0; 3];
        three[..part.len()].copy_from_slice(part);
        let bits = u32::from_be_bytes([0, three[0], three[1], three[2]]);
        for i in 0..4 {
            if i > part.len() {
                text.push('=');
            } else {
                text.push(LETTERS[(bits >> (18 - 6 * i)) as usize & 63] as char);
            }
        }
    }
    text
}

fn sha1(bytes: &[u8]) -> [u8; 20] {
    let mut state: [u32; 5] = [
        0x6745_2301,
        0xefcd_ab89,
        0x98ba_dcfe,
        0x1032_5476,
        0xc3d2_e1f0,
    ];
    let mut padded = bytes.to_vec();
    padded.push(0x80);
    while padded.len() % 64 != 56 {
        padded.push(0);
    }
    padded.extend((bytes.len() as u64 * 8).to_be_bytes());
    for block in padded.chunks(64) {
        let mut words = [0u32; 80];
        for (word, part) in words.iter_mut().zip(block.chunks(4)) {
            *word = u32::from_be_bytes([part[0], part[1], part[2], part[3]]);
        }
        for i in 16..80 {
            words[i] = (words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16]).rotate_left(1);
        }
        let [mut a, mut b, mut c, mut d, mut e] = state;
        for (i, word) in words.iter().enumerate() {
            let (f, k) = match i / 20 {
                0 => ((b & c) | (!b & d), 0x5a82_7999),
                1 => (b ^ c ^ d, 0x6ed9_eba1),
                2 => ((b & c) | (b & d) | (c & d), 0x8f1b_bcdc),
                _ => (b ^ c ^ d, 0xca62_c1d6u32),
            };
            let next = a
                .rotate_left(5)
                .wrapping_add(f)
                .wrapping_add(e)
                .wrapping_add(k)
                .wrapping_add(*word);
            (a, b, c, d, e) = (next, a, b.rotate_left(30), c, d);
        }
        for (sum, value) in state.iter_mut().zip([a, b, c, d, e]) {
            *sum = sum.wrapping_add(value);
        }
    }
    let mut digest = [0; 20];
    for (part, word) in digest.chunks_mut(4).zip(state) {
        part.copy_from_slice(&word.to_be_bytes());
    }
    digest
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    #[test]
    fn answers_as_the_standard_does() {
        assert_eq!(
            accept_key("dGhlIHNhbXBsZSBub25jZQ=="),
            "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
        );
    }

    #[test]
    fn both_sides_understand_each_other() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let server = std::thread::spawn(move || {
            let mut connection = Connection::accept(listener.accept().unwrap().0).unwrap();
            let text = connection.receive().unwrap();
            connection.send(&text.to_uppercase()).unwrap();
        });
        let stream = TcpStream::connect(address).unwrap();
        let mut client = Connection::connect(stream, "localhost").unwrap();
        client.send(&"camera ".repeat(40)).unwrap();
        assert_eq!(client.receive().unwrap(), "CAMERA ".repeat(40));
        server.join().unwrap();
    }
}
