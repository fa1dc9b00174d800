"""Sidecars as other programs write them, with much that facesorter knows nothing of."""

from __future__ import annotations

LIGHTROOM = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<!-- kept by the photographer -->
<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="Adobe XMP Core 7.0-c000 1.000000, 0000/00/00-00:00:00">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about=""
    xmlns:xmp="http://ns.adobe.com/xap/1.0/"
    xmlns:tiff="http://ns.adobe.com/tiff/1.0/"
    xmlns:dc="http://purl.org/dc/elements/1.1/"
    xmlns:lr="http://ns.adobe.com/lightroom/1.0/"
    xmlns:xmpMM="http://ns.adobe.com/xap/1.0/mm/"
    xmlns:stEvt="http://ns.adobe.com/xap/1.0/sType/ResourceEvent#"
    xmlns:crs="http://ns.adobe.com/camera-raw-settings/1.0/"
    xmlns:mwg-rs="http://www.metadataworkinggroup.com/schemas/regions/"
    xmlns:stDim="http://ns.adobe.com/xap/1.0/sType/Dimensions#"
    xmlns:stArea="http://ns.adobe.com/xmp/sType/Area#"
   xmp:CreatorTool="Adobe Photoshop Lightroom Classic 13.0"
   xmp:Rating="2" xmp:Label="Red" tiff:Orientation="1"
   xmpMM:DocumentID="xmp.did:1" crs:Version="16.0" crs:Exposure2012="+0.35"
   crs:ToneCurveName2012="Linear" crs:HasSettings="True">
   <dc:title><rdf:Alt><rdf:li xml:lang="x-default">Picnic</rdf:li>
     <rdf:li xml:lang="de-DE">Picknick &amp; Spiel</rdf:li></rdf:Alt></dc:title>
   <dc:subject><rdf:Bag><rdf:li>Summer</rdf:li><rdf:li>Eva</rdf:li></rdf:Bag></dc:subject>
   <lr:hierarchicalSubject><rdf:Bag><rdf:li>Seasons|Summer</rdf:li></rdf:Bag></lr:hierarchicalSubject>
   <xmpMM:History><rdf:Seq><rdf:li stEvt:action="derived" stEvt:parameters="converted"/>
    <rdf:li stEvt:action="saved" stEvt:changed="/metadata"/></rdf:Seq></xmpMM:History>
   <crs:ToneCurvePV2012><rdf:Seq><rdf:li>0, 0</rdf:li><rdf:li>255, 255</rdf:li></rdf:Seq></crs:ToneCurvePV2012>
   <crs:MaskGroupBasedCorrections><rdf:Seq><rdf:li>
     <rdf:Description crs:What="Correction" crs:CorrectionName="Mask 1"><crs:CorrectionMasks><rdf:Seq>
      <rdf:li crs:What="Mask/Image" crs:MaskID="A1"/></rdf:Seq></crs:CorrectionMasks></rdf:Description>
   </rdf:li></rdf:Seq></crs:MaskGroupBasedCorrections>
   <mwg-rs:Regions rdf:parseType="Resource">
    <mwg-rs:AppliedToDimensions stDim:w="600" stDim:h="400" stDim:unit="pixel"/>
    <mwg-rs:RegionList><rdf:Bag>
     <rdf:li><rdf:Description mwg-rs:Name="Eva" mwg-rs:Type="Face" mwg-rs:Rotation="0.1">
       <mwg-rs:Area stArea:x="0.5" stArea:y="0.5" stArea:w="0.2" stArea:h="0.3"/>
       <mwg-rs:Extensions rdf:parseType="Resource"><crs:Unknown>kept</crs:Unknown></mwg-rs:Extensions>
      </rdf:Description></rdf:li>
     <rdf:li><rdf:Description mwg-rs:Type="Pet" mwg-rs:Name="Rex">
       <mwg-rs:Area stArea:x="0.9" stArea:y="0.9" stArea:w="0.1" stArea:h="0.1"/></rdf:Description></rdf:li>
    </rdf:Bag></mwg-rs:RegionList>
   </mwg-rs:Regions>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
PADDING
<?xpacket end="w"?>""".replace("PADDING", 80 * " ")  # noqa: E501 - programs write long lines

DARKTABLE = """<?xml version="1.0" encoding="UTF-8"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="XMP Core 4.4.0-Exiv2">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about=""
    xmlns:exif="http://ns.adobe.com/exif/1.0/"
    xmlns:xmp="http://ns.adobe.com/xap/1.0/"
    xmlns:xmpMM="http://ns.adobe.com/xap/1.0/mm/"
    xmlns:darktable="http://darktable.sf.net/"
    xmlns:dc="http://purl.org/dc/elements/1.1/"
    xmlns:lr="http://ns.adobe.com/lightroom/1.0/"
   exif:DateTimeOriginal="2019:06:01 08:30:00"
   xmp:Rating="1"
   xmpMM:DerivedFrom="IMG_1.CR2"
   darktable:xmp_version="5"
   darktable:raw_params="0"
   darktable:auto_presets_applied="1"
   darktable:history_end="2"
   darktable:iop_order_version="4">
   <darktable:colorlabels><rdf:Seq><rdf:li>2</rdf:li></rdf:Seq></darktable:colorlabels>
   <darktable:masks_history><rdf:Seq/></darktable:masks_history>
   <darktable:history>
    <rdf:Seq>
     <rdf:li darktable:num="0" darktable:operation="exposure" darktable:enabled="1"
      darktable:params="0000000000000000" darktable:multi_name="" darktable:blendop_params="gz12eJxjYGBg"/>
     <rdf:li darktable:num="1" darktable:operation="flip" darktable:enabled="1"
      darktable:params="ffffffff" darktable:multi_name=" 1"/>
    </rdf:Seq>
   </darktable:history>
   <dc:subject><rdf:Bag><rdf:li>darktable|format|cr2</rdf:li><rdf:li>Anna</rdf:li></rdf:Bag></dc:subject>
   <lr:hierarchicalSubject><rdf:Bag><rdf:li>darktable|format|cr2</rdf:li></rdf:Bag></lr:hierarchicalSubject>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
"""  # noqa: E501

CAPTURE_ONE = """<?xpacket begin='\ufeff' id='W5M0MpCehiHzreSzNTczkc9d'?>\r
<x:xmpmeta xmlns:x='adobe:ns:meta/' x:xmptk='XMP Core 5.5.0'>\r
 <rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>\r
  <rdf:Description rdf:about='' xmlns:xap='http://ns.adobe.com/xap/1.0/'>\r
   <xap:Rating>3</xap:Rating>\r
   <xap:Label>Green</xap:Label>\r
  </rdf:Description>\r
  <rdf:Description rdf:about='' xmlns:Iptc4xmpCore='http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/'>\r
   <Iptc4xmpCore:CreatorContactInfo rdf:parseType='Resource'>\r
    <Iptc4xmpCore:CiEmailWork>a@example.org</Iptc4xmpCore:CiEmailWork>\r
   </Iptc4xmpCore:CreatorContactInfo>\r
  </rdf:Description>\r
  <rdf:Description rdf:about='' xmlns:photoshop='http://ns.adobe.com/photoshop/1.0/'\r
    xmlns:dc='http://purl.org/dc/elements/1.1/'>\r
   <photoshop:Instructions>none &lt;yet></photoshop:Instructions>\r
   <photoshop:DateCreated>2019-06-01T08:30:00</photoshop:DateCreated>\r
   <dc:description><rdf:Alt><rdf:li xml:lang='x-default'>At "the" lake</rdf:li></rdf:Alt></dc:description>\r
   <dc:rights><rdf:Alt><rdf:li xml:lang='x-default'>\u00a9 Me</rdf:li></rdf:Alt></dc:rights>\r
   <dc:subject><rdf:Bag><rdf:li>Lake</rdf:li></rdf:Bag></dc:subject>\r
  </rdf:Description>\r
  <!-- styles -->\r
  <rdf:Description rdf:about='' xmlns:lightroom='http://ns.adobe.com/lightroom/1.0/'>\r
   <lightroom:hierarchicalSubject><rdf:Bag><rdf:li>Places|Lake</rdf:li></rdf:Bag></lightroom:hierarchicalSubject>\r
  </rdf:Description>\r
 </rdf:RDF>\r
</x:xmpmeta>\r
<?xpacket end='w'?>"""  # noqa: E501

DIGIKAM = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="XMP Core 4.4.0-Exiv2">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about=""
    xmlns:digiKam="http://www.digikam.org/ns/1.0/"
    xmlns:MicrosoftPhoto="http://ns.microsoft.com/photo/1.0/"
    xmlns:acdsee="http://ns.acdsee.com/iptc/1.0/"
    xmlns:mediapro="http://ns.iview-multimedia.com/mediapro/1.0/"
    xmlns:dc="http://purl.org/dc/elements/1.1/"
    xmlns:exif="http://ns.adobe.com/exif/1.0/"
    xmlns:tiff="http://ns.adobe.com/tiff/1.0/"
    xmlns:xmp="http://ns.adobe.com/xap/1.0/"
    xmlns:MP="http://ns.microsoft.com/photo/1.2/"
    xmlns:MPRI="http://ns.microsoft.com/photo/1.2/t/RegionInfo#"
    xmlns:MPReg="http://ns.microsoft.com/photo/1.2/t/Region#"
    xmlns:mwg-rs="http://www.metadataworkinggroup.com/schemas/regions/"
    xmlns:stDim="http://ns.adobe.com/xap/1.0/sType/Dimensions#"
    xmlns:stArea="http://ns.adobe.com/xmp/sType/Area#"
   digiKam:PickLabel="3" digiKam:ColorLabel="0" MicrosoftPhoto:Rating="75" xmp:Rating="4"
   acdsee:categories="&lt;Categories&gt;&lt;Category Assigned=&quot;1&quot;&gt;People&lt;/Category&gt;&lt;/Categories&gt;">
   <digiKam:TagsList><rdf:Seq><rdf:li>People/Bert</rdf:li><rdf:li>Places/Rome</rdf:li></rdf:Seq></digiKam:TagsList>
   <MicrosoftPhoto:LastKeywordXMP><rdf:Bag><rdf:li>People/Bert</rdf:li></rdf:Bag></MicrosoftPhoto:LastKeywordXMP>
   <mediapro:CatalogSets><rdf:Bag><rdf:li>People|Bert</rdf:li></rdf:Bag></mediapro:CatalogSets>
   <dc:subject><rdf:Bag><rdf:li>Bert</rdf:li><rdf:li>Rome</rdf:li></rdf:Bag></dc:subject>
   <digiKam:ImageHistory>&lt;history&gt;&#10;&lt;/history&gt;</digiKam:ImageHistory>
   <dc:description><rdf:Alt><rdf:li xml:lang="x-default">Old</rdf:li></rdf:Alt></dc:description>
   <exif:UserComment><rdf:Alt><rdf:li xml:lang="x-default">Old</rdf:li></rdf:Alt></exif:UserComment>
   <tiff:ImageDescription><rdf:Alt><rdf:li xml:lang="x-default">Old</rdf:li></rdf:Alt></tiff:ImageDescription>
   <MP:RegionInfo rdf:parseType="Resource">
    <MPRI:Regions>
     <rdf:Bag>
      <rdf:li MPReg:PersonDisplayName="Bert" MPReg:Rectangle="0.7, 0.1, 0.2, 0.2"/>
      <rdf:li MPReg:PersonDisplayName="" MPReg:Rectangle="0.1, 0.7, 0.2, 0.2"/>
     </rdf:Bag>
    </MPRI:Regions>
   </MP:RegionInfo>
   <mwg-rs:Regions rdf:parseType="Resource">
    <mwg-rs:AppliedToDimensions stDim:w="600" stDim:h="400" stDim:unit="pixel"/>
    <mwg-rs:RegionList>
     <rdf:Bag>
      <rdf:li>
       <rdf:Description mwg-rs:Name="Bert" mwg-rs:Type="Face">
       <mwg-rs:Area stArea:x="0.8" stArea:y="0.2" stArea:w="0.2" stArea:h="0.2" stArea:unit="normalized"/>
       </rdf:Description>
      </rdf:li>
      <rdf:li rdf:parseType="Resource">
       <mwg-rs:Name></mwg-rs:Name><mwg-rs:Type>Face</mwg-rs:Type>
       <mwg-rs:Area rdf:parseType="Resource"><stArea:x>0.2</stArea:x><stArea:y>0.8</stArea:y>
        <stArea:w>0.2</stArea:w><stArea:h>0.2</stArea:h><stArea:unit>normalized</stArea:unit></mwg-rs:Area>
      </rdf:li>
     </rdf:Bag>
    </mwg-rs:RegionList>
   </mwg-rs:Regions>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>"""  # noqa: E501

FOREIGN = {
    "Lightroom": LIGHTROOM.encode(),
    "darktable": DARKTABLE.encode(),
    "Capture One": CAPTURE_ONE.encode(),
    "digiKam": DIGIKAM.encode(),
    "UTF-16": b"\xff\xfe" + LIGHTROOM.replace("\ufeff", "").encode("utf-16-le"),
}
"""Sidecars of photos of 600 by 400 pixels, by program."""
