//! A place on the earth.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A place on the earth, to a millionth of a degree: eleven centimetres.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Point {
    /// Millionths of a degree north.
    lat: i32,
    /// Millionths of a degree east.
    lon: i32,
}

/// Coordinates that are nowhere.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PointError {
    /// North or south of the poles.
    #[error("`lat`: expected degrees from -90 to 90")]
    Lat,
    /// Further around than the earth is.
    #[error("`lon`: expected degrees from -180 to 180")]
    Lon,
    /// In the Gulf of Guinea.
    #[error("`lat`, `lon`: 0, 0 is what a device says that does not know where it is")]
    Nowhere,
}

const MICROS: f64 = 1e6;
/// The mean radius of the earth, in metres (IUGG).
const EARTH_M: f64 = 6_371_008.8;

impl Point {
    /// The place at `lat` degrees north and `lon` degrees east.
    ///
    /// # Errors
    /// There is no such place, or it is the one that stands for none.
    pub fn new(lat: f64, lon: f64) -> Result<Self, PointError> {
        // What is no number lies in no range.
        if !(-90.0..=90.0).contains(&lat) {
            return Err(PointError::Lat);
        }
        if !(-180.0..=180.0).contains(&lon) {
            return Err(PointError::Lon);
        }
        // Both fit by far: 180 million.
        let micros = |degrees: f64| (degrees * MICROS).round() as i32;
        match (micros(lat), micros(lon)) {
            (0, 0) => Err(PointError::Nowhere),
            (lat, lon) => Ok(Self { lat, lon }),
        }
    }

    /// Degrees north.
    pub fn lat(self) -> f64 {
        f64::from(self.lat) / MICROS
    }

    /// Degrees east.
    pub fn lon(self) -> f64 {
        f64::from(self.lon) / MICROS
    }

    /// How far it is to another place as the crow flies, in metres: the haversine formula, which
    /// takes the earth for a ball and errs by half a percent at most.
    pub fn metres_to(self, other: Self) -> f64 {
        let (lat, to_lat) = (self.lat().to_radians(), other.lat().to_radians());
        let north = (to_lat - lat) / 2.0;
        let east = (other.lon() - self.lon()).to_radians() / 2.0;
        let half = north.sin().powi(2) + lat.cos() * to_lat.cos() * east.sin().powi(2);
        2.0 * EARTH_M * half.sqrt().min(1.0).asin()
    }
}

#[derive(Serialize, Deserialize)]
struct Degrees {
    lat: f64,
    lon: f64,
}

impl Serialize for Point {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (lat, lon) = (self.lat(), self.lon());
        Degrees { lat, lon }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Point {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Degrees { lat, lon } = Degrees::deserialize(deserializer)?;
        Self::new(lat, lon).map_err(de::Error::custom)
    }
}
