//! Small files to stand for what people send (pure).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Side of the generated picture in pixels.
const SIDE: u32 = 32;

/// A grey JPEG of 16 by 16 pixels.
const JPEG: &str = "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABsSFBcUERsXFhceHBsgKEIrKCUlKFE6PTBCYFVlZF9VXVtq\
eJmBanGQc1tdhbWGkJ6jq62rZ4C8ybqmx5moq6T/wAALCAAQABABAREA/8QAFQABAQAAAAAAAAAAAAAAAAAAAAT/xAAUEAEA\
AAAAAAAAAAAAAAAAAAAA/9oACAEBAAA/AKQH/9k=";

/// A black GIF of 8 by 8 pixels.
const GIF: &str = "R0lGODdhCAAIAIAAAAAAAAAAACwAAAAACAAIAAAIDwABCBxIsKDBgwgTKkwYEAA7";

/// The file for a medium: a picture of the type asked for, else a line of text. The same name
/// gives the same bytes.
pub(super) fn bytes_of(content_type: &str, name: &str) -> Vec<u8> {
    match content_type {
        "image/png" => png(name),
        "image/jpeg" | "image/jpg" => STANDARD.decode(JPEG).unwrap_or_default(),
        "image/gif" => STANDARD.decode(GIF).unwrap_or_default(),
        "text/vcard" | "text/x-vcard" => {
            b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Robin Example\r\nTEL:+12025550123\r\nEND:VCARD\r\n"
                .to_vec()
        }
        _ => format!("{content_type} {name}\n").into_bytes(),
    }
}

/// What a URL's last letters say about the file behind it.
pub(super) fn type_of_url(url: &str) -> String {
    let path = url
        .split(['?', '#'])
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    let known = [
        (".png", "image/png"),
        (".jpg", "image/jpeg"),
        (".jpeg", "image/jpeg"),
        (".gif", "image/gif"),
        (".pdf", "application/pdf"),
        (".vcf", "text/vcard"),
        (".mp4", "video/mp4"),
        (".mp3", "audio/mpeg"),
    ];
    let found = known.iter().find(|(end, _)| path.ends_with(end));
    found
        .map_or("application/octet-stream", |(_, mime)| mime)
        .to_owned()
}

/// A PNG whose colour depends on the name, fading from top to bottom.
fn png(name: &str) -> Vec<u8> {
    let [_, red, green, blue] = crc32(name.as_bytes()).to_be_bytes();
    let mut pixels = Vec::new();
    for row in 0..SIDE {
        // Each row starts with its filter: none.
        pixels.push(0);
        let fade = |colour: u8| u8::try_from(u32::from(colour) * (SIDE - row) / SIDE).unwrap_or(0);
        for _ in 0..SIDE {
            pixels.extend([fade(red), fade(green), fade(blue)]);
        }
    }
    let mut header = Vec::new();
    header.extend(SIDE.to_be_bytes());
    header.extend(SIDE.to_be_bytes());
    // Eight bits a channel, red-green-blue, the one compression, the one filter, not interlaced.
    header.extend([8, 2, 0, 0, 0]);
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    chunk(&mut png, b"IHDR", &header);
    chunk(&mut png, b"IDAT", &stored_zlib(&pixels));
    chunk(&mut png, b"IEND", &[]);
    png
}

fn chunk(png: &mut Vec<u8>, name: &[u8; 4], data: &[u8]) {
    png.extend(u32::try_from(data.len()).unwrap_or(0).to_be_bytes());
    let start = png.len();
    png.extend(name);
    png.extend(data);
    png.extend(crc32(&png[start..]).to_be_bytes());
}

/// The zlib format (RFC 1950) around one stored block; the pixels are far below its 65,535 bytes.
fn stored_zlib(data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(data.len()).unwrap_or(u16::MAX);
    let mut zlib = vec![0x78, 0x01, 0x01];
    zlib.extend(length.to_le_bytes());
    zlib.extend((!length).to_le_bytes());
    zlib.extend(data);
    zlib.extend(adler32(data).to_be_bytes());
    zlib
}

fn crc32(data: &[u8]) -> u32 {
    let step = |crc: u32, byte: &u8| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xedb8_8320 * (crc & 1))
        })
    };
    !data.iter().fold(u32::MAX, step)
}

fn adler32(data: &[u8]) -> u32 {
    let step = |(a, b): (u32, u32), byte: &u8| {
        let a = (a + u32::from(*byte)) % 65_521;
        (a, (b + a) % 65_521)
    };
    let (a, b) = data.iter().fold((1, 0), step);
    (b << 16) | a
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_agree_with_their_standards() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(adler32(b"Wikipedia"), 0x11e6_0398);
    }

    #[test]
    fn a_picture_starts_with_its_magic_number_and_depends_on_its_name() {
        assert!(bytes_of("image/png", "ME1").starts_with(b"\x89PNG\r\n\x1a\n"));
        assert!(bytes_of("image/jpeg", "ME1").starts_with(&[0xff, 0xd8, 0xff]));
        assert!(bytes_of("image/gif", "ME1").starts_with(b"GIF87a"));
        assert_eq!(bytes_of("image/png", "ME1"), bytes_of("image/png", "ME1"));
        assert_ne!(bytes_of("image/png", "ME1"), bytes_of("image/png", "ME2"));
    }

    #[test]
    fn a_url_tells_its_type_by_its_ending() {
        assert_eq!(type_of_url("https://x.test/a.JPG?v=1"), "image/jpeg");
        assert_eq!(type_of_url("https://x.test/a"), "application/octet-stream");
    }
}
