//! The tag tables of Exif 3.0: name, field type and count for image directory, Exif directory and GPS directory.
//!
//! Names are OpenImageIO's. Tags that describe how pixels are stored are absent: the formats own them.
//! Source: CIPA DC-008-2023, tables 4 to 15; TIFF 6.0.

use Directory::{Exif, Gps, Image};

/// One of the three directories of an Exif block.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Directory {
    /// IFD0: what TIFF 6.0 itself defines.
    Image,
    /// The Exif IFD (tag 34665 points to it).
    Exif,
    /// The GPS IFD (tag 34853 points to it).
    Gps,
}

/// A tag that has a name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Tag {
    /// The directory it is written to.
    pub directory: Directory,
    /// Its number.
    pub id: u16,
    /// The attribute's name.
    pub name: &'static str,
    /// TIFF field type it is written with.
    pub kind: u16,
    /// Values it has, 0 for any number.
    pub count: u32,
}

pub(super) const BYTE: u16 = 1;
pub(super) const ASCII: u16 = 2;
pub(super) const SHORT: u16 = 3;
pub(super) const LONG: u16 = 4;
pub(super) const RATIONAL: u16 = 5;
pub(super) const UNDEFINED: u16 = 7;
pub(super) const SRATIONAL: u16 = 10;

const fn t(directory: Directory, id: u16, name: &'static str, kind: u16, count: u32) -> Tag {
    Tag {
        directory,
        id,
        name,
        kind,
        count,
    }
}

/// Every tag with a name, by directory and number.
pub const TAGS: &[Tag] = &[
    t(Image, 269, "DocumentName", ASCII, 0),
    t(Image, 270, "ImageDescription", ASCII, 0),
    t(Image, 271, "Make", ASCII, 0),
    t(Image, 272, "Model", ASCII, 0),
    t(Image, 274, "Orientation", SHORT, 1),
    t(Image, 282, "XResolution", RATIONAL, 1),
    t(Image, 283, "YResolution", RATIONAL, 1),
    t(Image, 285, "tiff:PageName", ASCII, 0),
    t(Image, 296, "ResolutionUnit", SHORT, 1),
    t(Image, 305, "Software", ASCII, 0),
    t(Image, 306, "DateTime", ASCII, 0),
    t(Image, 315, "Artist", ASCII, 0),
    t(Image, 316, "HostComputer", ASCII, 0),
    t(Image, 531, "Exif:YCbCrPositioning", SHORT, 1),
    t(Image, 33432, "Copyright", ASCII, 0),
    t(Exif, 33434, "ExposureTime", RATIONAL, 1),
    t(Exif, 33437, "FNumber", RATIONAL, 1),
    t(Exif, 34850, "Exif:ExposureProgram", SHORT, 1),
    t(Exif, 34852, "Exif:SpectralSensitivity", ASCII, 0),
    t(Exif, 34855, "Exif:PhotographicSensitivity", SHORT, 1),
    t(Exif, 34864, "Exif:SensitivityType", SHORT, 1),
    t(Exif, 34865, "Exif:StandardOutputSensitivity", LONG, 1),
    t(Exif, 34866, "Exif:RecommendedExposureIndex", LONG, 1),
    t(Exif, 34867, "Exif:ISOSpeed", LONG, 1),
    t(Exif, 34868, "Exif:ISOSpeedLatitudeyyy", LONG, 1),
    t(Exif, 34869, "Exif:ISOSpeedLatitudezzz", LONG, 1),
    t(Exif, 36864, "Exif:ExifVersion", UNDEFINED, 4),
    t(Exif, 36867, "Exif:DateTimeOriginal", ASCII, 0),
    t(Exif, 36868, "Exif:DateTimeDigitized", ASCII, 0),
    t(Exif, 36880, "Exif:OffsetTime", ASCII, 0),
    t(Exif, 36881, "Exif:OffsetTimeOriginal", ASCII, 0),
    t(Exif, 36882, "Exif:OffsetTimeDigitized", ASCII, 0),
    t(Exif, 37121, "Exif:ComponentsConfiguration", UNDEFINED, 4),
    t(Exif, 37122, "Exif:CompressedBitsPerPixel", RATIONAL, 1),
    t(Exif, 37377, "Exif:ShutterSpeedValue", SRATIONAL, 1),
    t(Exif, 37378, "Exif:ApertureValue", RATIONAL, 1),
    t(Exif, 37379, "Exif:BrightnessValue", SRATIONAL, 1),
    t(Exif, 37380, "Exif:ExposureBiasValue", SRATIONAL, 1),
    t(Exif, 37381, "Exif:MaxApertureValue", RATIONAL, 1),
    t(Exif, 37382, "Exif:SubjectDistance", RATIONAL, 1),
    t(Exif, 37383, "Exif:MeteringMode", SHORT, 1),
    t(Exif, 37384, "Exif:LightSource", SHORT, 1),
    t(Exif, 37385, "Exif:Flash", SHORT, 1),
    t(Exif, 37386, "Exif:FocalLength", RATIONAL, 1),
    t(Exif, 37394, "Exif:SecurityClassification", ASCII, 0),
    t(Exif, 37395, "Exif:ImageHistory", ASCII, 0),
    t(Exif, 37396, "Exif:SubjectArea", SHORT, 0),
    t(Exif, 37510, "Exif:UserComment", UNDEFINED, 0),
    t(Exif, 37520, "Exif:SubsecTime", ASCII, 0),
    t(Exif, 37521, "Exif:SubsecTimeOriginal", ASCII, 0),
    t(Exif, 37522, "Exif:SubsecTimeDigitized", ASCII, 0),
    t(Exif, 37888, "Exif:Temperature", SRATIONAL, 1),
    t(Exif, 37889, "Exif:Humidity", RATIONAL, 1),
    t(Exif, 37890, "Exif:Pressure", RATIONAL, 1),
    t(Exif, 37891, "Exif:WaterDepth", SRATIONAL, 1),
    t(Exif, 37892, "Exif:Acceleration", RATIONAL, 1),
    t(Exif, 37893, "Exif:CameraElevationAngle", SRATIONAL, 1),
    t(Exif, 40960, "Exif:FlashPixVersion", UNDEFINED, 4),
    t(Exif, 40961, "Exif:ColorSpace", SHORT, 1),
    t(Exif, 40962, "Exif:PixelXDimension", LONG, 1),
    t(Exif, 40963, "Exif:PixelYDimension", LONG, 1),
    t(Exif, 40964, "Exif:RelatedSoundFile", ASCII, 0),
    t(Exif, 41483, "Exif:FlashEnergy", RATIONAL, 1),
    t(Exif, 41486, "Exif:FocalPlaneXResolution", RATIONAL, 1),
    t(Exif, 41487, "Exif:FocalPlaneYResolution", RATIONAL, 1),
    t(Exif, 41488, "Exif:FocalPlaneResolutionUnit", SHORT, 1),
    t(Exif, 41492, "Exif:SubjectLocation", SHORT, 2),
    t(Exif, 41493, "Exif:ExposureIndex", RATIONAL, 1),
    t(Exif, 41495, "Exif:SensingMethod", SHORT, 1),
    t(Exif, 41728, "Exif:FileSource", UNDEFINED, 1),
    t(Exif, 41729, "Exif:SceneType", UNDEFINED, 1),
    t(Exif, 41985, "Exif:CustomRendered", SHORT, 1),
    t(Exif, 41986, "Exif:ExposureMode", SHORT, 1),
    t(Exif, 41987, "Exif:WhiteBalance", SHORT, 1),
    t(Exif, 41988, "Exif:DigitalZoomRatio", RATIONAL, 1),
    t(Exif, 41989, "Exif:FocalLengthIn35mmFilm", SHORT, 1),
    t(Exif, 41990, "Exif:SceneCaptureType", SHORT, 1),
    t(Exif, 41991, "Exif:GainControl", SHORT, 1),
    t(Exif, 41992, "Exif:Contrast", SHORT, 1),
    t(Exif, 41993, "Exif:Saturation", SHORT, 1),
    t(Exif, 41994, "Exif:Sharpness", SHORT, 1),
    t(Exif, 41996, "Exif:SubjectDistanceRange", SHORT, 1),
    t(Exif, 42016, "Exif:ImageUniqueID", ASCII, 0),
    t(Exif, 42032, "Exif:CameraOwnerName", ASCII, 0),
    t(Exif, 42033, "Exif:BodySerialNumber", ASCII, 0),
    t(Exif, 42034, "Exif:LensSpecification", RATIONAL, 4),
    t(Exif, 42035, "Exif:LensMake", ASCII, 0),
    t(Exif, 42036, "Exif:LensModel", ASCII, 0),
    t(Exif, 42037, "Exif:LensSerialNumber", ASCII, 0),
    t(Exif, 42240, "Exif:Gamma", RATIONAL, 1),
    t(Gps, 0, "GPS:VersionID", BYTE, 4),
    t(Gps, 1, "GPS:LatitudeRef", ASCII, 2),
    t(Gps, 2, "GPS:Latitude", RATIONAL, 3),
    t(Gps, 3, "GPS:LongitudeRef", ASCII, 2),
    t(Gps, 4, "GPS:Longitude", RATIONAL, 3),
    t(Gps, 5, "GPS:AltitudeRef", BYTE, 1),
    t(Gps, 6, "GPS:Altitude", RATIONAL, 1),
    t(Gps, 7, "GPS:TimeStamp", RATIONAL, 3),
    t(Gps, 8, "GPS:Satellites", ASCII, 0),
    t(Gps, 9, "GPS:Status", ASCII, 2),
    t(Gps, 10, "GPS:MeasureMode", ASCII, 2),
    t(Gps, 11, "GPS:DOP", RATIONAL, 1),
    t(Gps, 12, "GPS:SpeedRef", ASCII, 2),
    t(Gps, 13, "GPS:Speed", RATIONAL, 1),
    t(Gps, 14, "GPS:TrackRef", ASCII, 2),
    t(Gps, 15, "GPS:Track", RATIONAL, 1),
    t(Gps, 16, "GPS:ImgDirectionRef", ASCII, 2),
    t(Gps, 17, "GPS:ImgDirection", RATIONAL, 1),
    t(Gps, 18, "GPS:MapDatum", ASCII, 0),
    t(Gps, 19, "GPS:DestLatitudeRef", ASCII, 2),
    t(Gps, 20, "GPS:DestLatitude", RATIONAL, 3),
    t(Gps, 21, "GPS:DestLongitudeRef", ASCII, 2),
    t(Gps, 22, "GPS:DestLongitude", RATIONAL, 3),
    t(Gps, 23, "GPS:DestBearingRef", ASCII, 2),
    t(Gps, 24, "GPS:DestBearing", RATIONAL, 1),
    t(Gps, 25, "GPS:DestDistanceRef", ASCII, 2),
    t(Gps, 26, "GPS:DestDistance", RATIONAL, 1),
    t(Gps, 27, "GPS:ProcessingMethod", UNDEFINED, 0),
    t(Gps, 28, "GPS:AreaInformation", UNDEFINED, 0),
    t(Gps, 29, "GPS:DateStamp", ASCII, 0),
    t(Gps, 30, "GPS:Differential", SHORT, 1),
    t(Gps, 31, "GPS:HPositioningError", RATIONAL, 1),
];

/// The tag of a number; those of the image directory are also found in the Exif directory and the other way round, since
/// writers mix them up.
pub fn tag(directory: Directory, id: u16) -> Option<&'static Tag> {
    let gps = directory == Gps;
    let exact = TAGS.iter().find(|t| t.directory == directory && t.id == id);
    exact.or_else(|| {
        TAGS.iter()
            .find(|t| !gps && t.directory != Gps && t.id == id)
    })
}

/// The tag of an attribute's name.
pub fn by_name(name: &str) -> Option<&'static Tag> {
    let name = if name == "Exif:ISOSpeedRatings" {
        "Exif:PhotographicSensitivity" // its name until Exif 2.3
    } else {
        name
    };
    TAGS.iter().find(|t| t.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exif_tags_are_sorted_and_unique() {
        for d in [Image, Exif, Gps] {
            let ids: Vec<u16> = TAGS
                .iter()
                .filter(|t| t.directory == d)
                .map(|t| t.id)
                .collect();
            assert!(ids.windows(2).all(|p| p[0] < p[1]));
        }
        assert!(
            TAGS.iter()
                .all(|t| by_name(t.name) == Some(t) && tag(t.directory, t.id) == Some(t))
        );
    }
}
