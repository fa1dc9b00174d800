"""The schema, as an ordered list of SQL migrations. Never edit a released one.

A new step is added at the end of `STEPS`, with a comment that says what it is for; `python -m
tests.support.schemas` then keeps the schema as text, for a test that opens old libraries.

Only data, so that a reader, who must know the steps too, needs no sqlite_utils; the functions that
steps call are those of `storage.migrations`. All tables are STRICT: SQLite would otherwise store a
NumPy integer as a blob without a word. AUTOINCREMENT where an id is shown to the user or kept in
the journal: it is never reused.
"""

from __future__ import annotations

STEPS: dict[str, str] = {}
"""The SQL of each step, by name."""

# Folders, photos, faces, persons, embeddings, rejections, decisions, settings.
STEPS["m001_library"] = """
CREATE TABLE folder (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  path TEXT NOT NULL UNIQUE,
  watched INTEGER NOT NULL DEFAULT 1 CHECK (watched IN (0, 1)),
  state TEXT NOT NULL DEFAULT 'present' CHECK (state IN ('present', 'unplugged')),
  added_at TEXT NOT NULL,
  scanned_at TEXT
) STRICT;
CREATE TABLE photo (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  folder_id INTEGER NOT NULL REFERENCES folder(id),
  relpath TEXT NOT NULL,
  size INTEGER NOT NULL,
  mtime_ns INTEGER NOT NULL,
  content_hash TEXT,
  width INTEGER,
  height INTEGER,
  orientation INTEGER,
  taken_at TEXT NOT NULL,
  taken_from TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('pending', 'analysed', 'failed', 'missing')),
  error TEXT,
  UNIQUE (folder_id, relpath)
) STRICT;
CREATE INDEX photo_taken ON photo (taken_at DESC, id DESC);
CREATE INDEX photo_status ON photo (status, taken_at DESC);
CREATE INDEX photo_hash ON photo (content_hash);
CREATE INDEX photo_size ON photo (size);
CREATE TABLE model (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  sha256 TEXT NOT NULL UNIQUE,
  dimension INTEGER NOT NULL
) STRICT;
CREATE TABLE person (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT,
  cover_face_id INTEGER,
  hidden INTEGER NOT NULL DEFAULT 0 CHECK (hidden IN (0, 1)),
  pinned INTEGER NOT NULL DEFAULT 0 CHECK (pinned IN (0, 1)),
  birth_date TEXT,
  created_at TEXT NOT NULL
) STRICT;
CREATE INDEX person_name ON person (name COLLATE NOCASE) WHERE name IS NOT NULL;
CREATE TABLE face (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  photo_id INTEGER NOT NULL REFERENCES photo(id) ON DELETE CASCADE,
  x REAL NOT NULL, y REAL NOT NULL, w REAL NOT NULL, h REAL NOT NULL,
  landmarks BLOB NOT NULL,
  detection_score REAL NOT NULL,
  quality REAL NOT NULL,
  origin TEXT NOT NULL CHECK (origin IN ('detected', 'drawn', 'imported')),
  person_id INTEGER REFERENCES person(id),
  state TEXT NOT NULL CHECK (state IN ('unknown', 'suggested', 'confirmed', 'ignored')),
  similarity REAL,
  CHECK ((state IN ('suggested', 'confirmed')) = (person_id IS NOT NULL))
) STRICT;
CREATE INDEX face_photo ON face (photo_id);
CREATE INDEX face_person ON face (person_id, state, id);
CREATE INDEX face_unknown ON face (id) WHERE state = 'unknown';
CREATE TABLE embedding (
  face_id INTEGER PRIMARY KEY REFERENCES face(id) ON DELETE CASCADE,
  model_id INTEGER NOT NULL REFERENCES model(id),
  vector BLOB NOT NULL
) STRICT;
CREATE TABLE rejection (
  face_id INTEGER NOT NULL REFERENCES face(id) ON DELETE CASCADE,
  person_id INTEGER NOT NULL REFERENCES person(id),
  PRIMARY KEY (face_id, person_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX rejection_person ON rejection (person_id);
CREATE TABLE decision (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL,
  args TEXT NOT NULL,
  made_at TEXT NOT NULL,
  undone_at TEXT,
  superseded INTEGER NOT NULL DEFAULT 0 CHECK (superseded IN (0, 1))
) STRICT;
CREATE TABLE decision_change (
  decision_id INTEGER NOT NULL REFERENCES decision(id),
  seq INTEGER NOT NULL,
  table_name TEXT NOT NULL,
  row_ids TEXT NOT NULL,
  before TEXT,
  after TEXT,
  PRIMARY KEY (decision_id, seq)
) STRICT, WITHOUT ROWID;
CREATE TABLE setting (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT;
"""

# Covering indexes for the lists of photos and persons.
#
# Measured with 100,000 faces and 50,000 photos: photos 122 -> 14 ms, persons 1,080 -> 190 ms.
STEPS["m002_covering_indexes"] = """
DROP INDEX photo_taken;
CREATE INDEX photo_shown ON photo (taken_at DESC, id DESC, status, folder_id);
DROP INDEX face_person;
CREATE INDEX face_person ON face (person_id, state, photo_id, quality);
"""

# Questions of a refresh, and dismissed questions.
#
# A dismissal names persons by id without a reference: ids are never reused, and one that was merged
# away comes back with its id when the merge is undone.
STEPS["m003_questions"] = """
CREATE TABLE pair (
  a INTEGER NOT NULL,
  b INTEGER NOT NULL,
  similarity REAL NOT NULL,
  PRIMARY KEY (a, b),
  CHECK (a < b)
) STRICT, WITHOUT ROWID;
CREATE TABLE dismissal (
  face_id INTEGER NOT NULL REFERENCES face(id) ON DELETE CASCADE,
  kind TEXT NOT NULL,
  person_id INTEGER NOT NULL,
  PRIMARY KEY (face_id, kind, person_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX dismissal_person ON dismissal (kind, person_id);
"""

# Indexes for searches by number of faces, by unnamed people, and by folder.
#
# Measured with 500,000 faces on 250,000 photos: "faces>2" 1,200 -> 140 ms, the names of all
# folders 240 -> 3 ms.
STEPS["m004_search_indexes"] = """
DROP INDEX face_photo;
CREATE INDEX face_photo ON face (photo_id, state, person_id);
CREATE INDEX photo_place ON photo (folder_id, rtrim(relpath, replace(relpath, '/', '')));
"""

# Details of persons, relationships, and groups that look mixed.
#
# Dates are "2019" or "2019-05-31". Of a relation, a is the parent of b, or has the lower id where
# both are the same to each other. What is stored of a mixed group is machine-made and may vanish.
STEPS["m005_person_facts"] = """
ALTER TABLE person ADD COLUMN death_date TEXT;
ALTER TABLE person ADD COLUMN notes TEXT;
ALTER TABLE person ADD COLUMN favourite INTEGER NOT NULL DEFAULT 0 CHECK (favourite IN (0, 1));
CREATE TABLE relation (
  a INTEGER NOT NULL REFERENCES person(id) ON DELETE CASCADE,
  b INTEGER NOT NULL REFERENCES person(id) ON DELETE CASCADE,
  kind TEXT NOT NULL CHECK (kind IN ('parent', 'sibling', 'partner', 'twin')),
  PRIMARY KEY (a, b, kind),
  CHECK (a != b AND (kind = 'parent' OR a < b))
) STRICT, WITHOUT ROWID;
CREATE INDEX relation_b ON relation (b);
CREATE TABLE mixed (
  person_id INTEGER PRIMARY KEY,
  faces INTEGER NOT NULL,
  likeness REAL NOT NULL,
  part TEXT NOT NULL
) STRICT;
"""

# Favourites, tags on photos and persons, albums, and smart albums (those with a search).
STEPS["m006_tags_albums"] = """
ALTER TABLE photo ADD COLUMN favourite INTEGER NOT NULL DEFAULT 0 CHECK (favourite IN (0, 1));
CREATE INDEX photo_favourite ON photo (id) WHERE favourite = 1;
CREATE TABLE tag (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  created_at TEXT NOT NULL
) STRICT;
CREATE TABLE photo_tag (
  photo_id INTEGER NOT NULL REFERENCES photo(id) ON DELETE CASCADE,
  tag_id INTEGER NOT NULL REFERENCES tag(id),
  PRIMARY KEY (photo_id, tag_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX photo_tag_tag ON photo_tag (tag_id);
CREATE TABLE person_tag (
  person_id INTEGER NOT NULL REFERENCES person(id),
  tag_id INTEGER NOT NULL REFERENCES tag(id),
  PRIMARY KEY (person_id, tag_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX person_tag_tag ON person_tag (tag_id);
CREATE TABLE album (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  search TEXT,
  created_at TEXT NOT NULL
) STRICT;
CREATE TABLE album_photo (
  photo_id INTEGER NOT NULL REFERENCES photo(id) ON DELETE CASCADE,
  album_id INTEGER NOT NULL REFERENCES album(id),
  PRIMARY KEY (photo_id, album_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX album_photo_album ON album_photo (album_id);
"""

# What a second model pack makes of the faces, until it is taken into use or dropped.
#
# Apart from `embedding`: see [Note: beside] in `storage.trials`.
STEPS["m007_two_models"] = """
CREATE TABLE trial_embedding (
  face_id INTEGER PRIMARY KEY REFERENCES face(id) ON DELETE CASCADE,
  model_id INTEGER NOT NULL REFERENCES model(id),
  vector BLOB NOT NULL,
  quality REAL NOT NULL
) STRICT;
CREATE TABLE trial_photo (
  photo_id INTEGER PRIMARY KEY REFERENCES photo(id) ON DELETE CASCADE,
  content_hash TEXT NOT NULL,
  extra INTEGER NOT NULL,
  lost INTEGER NOT NULL
) STRICT;
"""

# What is known of a photo's date, so that it can be decided again.
#
# `dates` holds the dates in the file by source, as JSON; NULL until they were read. `sidecars`
# holds the files beside it and their dates. `date_rule` is the rule that decided `taken_at`.
STEPS["m008_date_candidates"] = """
ALTER TABLE photo ADD COLUMN dates TEXT;
ALTER TABLE photo ADD COLUMN sidecars TEXT;
ALTER TABLE photo ADD COLUMN taken_doubt TEXT;
ALTER TABLE photo ADD COLUMN date_rule INTEGER NOT NULL DEFAULT 0;
"""

# The face that a person is shown with while the user has chosen none. It stays when better ones
# come.
STEPS["m009_first_cover"] = """
ALTER TABLE person ADD COLUMN first_cover_id INTEGER;
UPDATE person SET first_cover_id = (
  SELECT face.id FROM face WHERE face.person_id = person.id
  AND face.photo_id NOT IN (SELECT id FROM photo WHERE status = 'missing')
  ORDER BY (face.state = 'confirmed') * 2 + face.quality DESC, face.id LIMIT 1
);
"""

# Photos of which the user said that they show somebody more than once.
STEPS["m010_repeats"] = """
ALTER TABLE photo ADD COLUMN repeats INTEGER NOT NULL DEFAULT 0 CHECK (repeats IN (0, 1));
CREATE INDEX photo_repeats ON photo (id) WHERE repeats = 1;
"""

# How a file is recognized as edited though its size and time stayed, and earlier versions of it.
#
# changed_ns is when the system last changed the file in any way; sample is a hash of parts of it;
# seen_hash is the content that the photo's faces were found in. A row with version_of holds the
# decided faces that are no longer on that photo; it is always missing. Photos that were set aside
# because the program ended twice while they were analyzed are tried again: it may have been killed.
STEPS["m011_file_versions"] = """
ALTER TABLE photo ADD COLUMN changed_ns INTEGER;
ALTER TABLE photo ADD COLUMN sample TEXT;
ALTER TABLE photo ADD COLUMN seen_hash TEXT;
ALTER TABLE photo ADD COLUMN version_of INTEGER REFERENCES photo(id);
CREATE INDEX photo_version_of ON photo (version_of) WHERE version_of IS NOT NULL;
UPDATE photo SET seen_hash = content_hash WHERE content_hash IS NOT NULL AND error IS NULL;
UPDATE photo SET status = 'pending', error = NULL, content_hash = NULL
WHERE status = 'failed' AND error LIKE '%quit unexpectedly each time it analyzed this photo%';
"""

# Which suggested faces need no confirmation. Meaningless in other states.
STEPS["m012_sure_faces"] = """
ALTER TABLE face ADD COLUMN sure INTEGER NOT NULL DEFAULT 0 CHECK (sure IN (0, 1));
"""

# The list of persons, which counts sure faces, reads an index alone again.
#
# Measured with 300,000 faces of 50,000 people: 2,500 -> 1,200 ms.
STEPS["m013_sure_covered"] = """
DROP INDEX face_person;
CREATE INDEX face_person ON face (person_id, state, photo_id, quality, sure);
"""

# Which photos were searched closely, for small faces.
#
# 1 if it was done, or the usual search finds all of them; 0 or less if not: how often it was begun
# without an end, negative. The usual search finds all faces of photos up to 1,280 pixels.
STEPS["m014_closer_search"] = """
ALTER TABLE photo ADD COLUMN searched INTEGER NOT NULL DEFAULT 0;
UPDATE photo SET searched = 1 WHERE max(width, height) <= 1280;
CREATE INDEX photo_unsearched ON photo (taken_at DESC, folder_id, searched)
  WHERE status = 'analysed' AND searched <= 0;
"""

# Folders that aren't watched for now, and subfolders that the user left out of the library.
#
# place is a path in the watched folder, with a last "/", in the stored form of file names.
STEPS["m015_folder_choices"] = """
ALTER TABLE folder ADD COLUMN paused INTEGER NOT NULL DEFAULT 0 CHECK (paused IN (0, 1));
CREATE TABLE left_out (
  folder_id INTEGER NOT NULL REFERENCES folder(id) ON DELETE CASCADE,
  place TEXT NOT NULL,
  PRIMARY KEY (folder_id, place)
) STRICT, WITHOUT ROWID;
"""

# What the user said about when a photo was taken; and photos of which only the file's time is known
# have no date, an empty one, once they were read.
STEPS["m016_given_dates"] = """
ALTER TABLE photo ADD COLUMN given_date TEXT;
UPDATE photo SET taken_at = '' WHERE taken_from IN ('file', 'none')
  AND (dates IS NOT NULL OR status = 'failed');
CREATE INDEX photo_doubt ON photo (taken_doubt, taken_at DESC, id DESC)
  WHERE taken_doubt IS NOT NULL;
"""

# What photo files say about themselves, what the user says instead, and what searches look through.
#
# `photo_info` is read by the machine, from the file and its sidecars: exposure_time in seconds,
# focal lengths in millimeters, latitude and longitude in degrees (negative in the south and west),
# altitude in meters, rating 0 to 5, keywords one to a line; `inside` is what the file alone says,
# as JSON, and `rule` the version of the reader. The photo's own rating, title and caption are the
# user's, NULL where nothing was said. `photo_search` is derived from all of these, folded.
STEPS["m017_photo_info"] = """
CREATE TABLE photo_info (
  photo_id INTEGER PRIMARY KEY REFERENCES photo(id) ON DELETE CASCADE,
  rule INTEGER NOT NULL,
  make TEXT, model TEXT, lens TEXT,
  exposure_time REAL, f_number REAL, iso INTEGER,
  focal_length REAL, focal_length_35 REAL, flash INTEGER CHECK (flash IN (0, 1)),
  latitude REAL, longitude REAL, altitude REAL,
  rating INTEGER, title TEXT, caption TEXT, keywords TEXT,
  inside TEXT
) STRICT;
CREATE INDEX photo_info_place ON photo_info (latitude, longitude) WHERE latitude IS NOT NULL;
ALTER TABLE photo ADD COLUMN rating INTEGER CHECK (rating BETWEEN 0 AND 5);
ALTER TABLE photo ADD COLUMN title TEXT;
ALTER TABLE photo ADD COLUMN caption TEXT;
CREATE TABLE photo_search (
  photo_id INTEGER PRIMARY KEY REFERENCES photo(id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  suffix TEXT NOT NULL,
  title TEXT, caption TEXT, keywords TEXT, camera TEXT, lens TEXT,
  rating INTEGER NOT NULL
) STRICT;
CREATE INDEX photo_pixels ON photo (width * height);
CREATE INDEX photo_search_rating ON photo_search (rating) WHERE rating > 0;
"""

# What is known of duplicates: small pictures to find them by, pairs found, and the user's answers.
#
# Fingerprints and pairs belong to contents, not to rows, so copies share them, and an edited file
# has none. A not_duplicate pair names the photo with the higher id without a reference, as a
# dismissal names a person. A photo_copy is a shown photo with the content of another one, the
# first; all copies count once. The search for duplicates keeps that table up to date.
STEPS["m018_duplicates"] = """
CREATE TABLE fingerprint (
  id INTEGER PRIMARY KEY,
  content_hash TEXT NOT NULL UNIQUE,
  pixels BLOB NOT NULL,
  compared INTEGER NOT NULL DEFAULT 0 CHECK (compared IN (0, 1))
) STRICT;
CREATE INDEX fingerprint_new ON fingerprint (id) WHERE compared = 0;
CREATE TABLE near_duplicate (
  a TEXT NOT NULL,
  b TEXT NOT NULL,
  likeness REAL NOT NULL,
  PRIMARY KEY (a, b),
  CHECK (a < b)
) STRICT, WITHOUT ROWID;
CREATE TABLE not_duplicate (
  photo_id INTEGER NOT NULL REFERENCES photo(id) ON DELETE CASCADE,
  other_id INTEGER NOT NULL,
  PRIMARY KEY (photo_id, other_id),
  CHECK (photo_id < other_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE photo_copy (
  photo_id INTEGER PRIMARY KEY REFERENCES photo(id) ON DELETE CASCADE,
  first_id INTEGER NOT NULL
) STRICT;
"""

# How the user turned photos for viewing: degrees clockwise, on top of the file's own orientation.
#
# Regions and landmarks of faces stay those of the photo as its file has it.
STEPS["m019_turns"] = """
ALTER TABLE photo ADD COLUMN turn INTEGER CHECK (turn IN (90, 180, 270));
"""

# Where photos were taken: what their files say, with the city there, and what the user says.
#
# Degrees, north and east positive. A place is a city's number in GeoNames, 0 for none. What is in
# photo_location is derived from the file; given_place is NULL where the user said nothing.
STEPS["m020_places"] = """
CREATE TABLE photo_location (
  photo_id INTEGER PRIMARY KEY REFERENCES photo(id) ON DELETE CASCADE,
  latitude REAL NOT NULL,
  longitude REAL NOT NULL,
  place INTEGER NOT NULL
) STRICT;
CREATE INDEX photo_location_place ON photo_location (place);
ALTER TABLE photo ADD COLUMN given_place INTEGER;
ALTER TABLE photo ADD COLUMN given_latitude REAL;
ALTER TABLE photo ADD COLUMN given_longitude REAL;
CREATE INDEX photo_given_place ON photo (given_place, given_latitude, given_longitude)
  WHERE given_place IS NOT NULL;
"""

# How far the clock of a photo's camera was ahead of universal time, in minutes.
STEPS["m021_utc_offset"] = """
ALTER TABLE photo_info ADD COLUMN utc_offset INTEGER;
"""

# Photos without a date by folder and file name, the order in which they are shown.
STEPS["m022_undated_by_name"] = """
CREATE INDEX photo_undated ON photo (folder_id, relpath) WHERE taken_at = '';
"""

# What is wrong with photos that could be analyzed, and which files of a folder can't be read.
#
# A note is a message as an error is. Skipped is JSON: numbers of files by kind; NULL before a scan.
STEPS["m023_notes_and_skipped"] = """
ALTER TABLE photo ADD COLUMN note TEXT;
ALTER TABLE folder ADD COLUMN skipped TEXT;
CREATE INDEX photo_note ON photo (id) WHERE note IS NOT NULL;
"""

# What other programs said about who is in a photo, brought in by the user.
#
# An import is one decision, and `used` is the only column that decisions change: 0 once it is
# undone. Of a said_name, x to h are fractions of the picture of `frame`, NULL where nobody said
# where the person is; `name` is "" for a face without one. The rest is found by the machine: which
# face it is, who is meant, and a `library.name_import.judging.Outcome`, NULL while it waits for the
# photo's faces; `evidence` is the frame that the faces found spoke for. No reference to face and
# person: both may go.
STEPS["m024_said_names"] = """
CREATE TABLE name_import (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  source TEXT NOT NULL,
  made_at TEXT NOT NULL,
  theirs TEXT NOT NULL,
  decision_id INTEGER,
  used INTEGER NOT NULL DEFAULT 0 CHECK (used IN (0, 1))
) STRICT;
CREATE TABLE said_name (
  id INTEGER PRIMARY KEY,
  import_id INTEGER NOT NULL REFERENCES name_import(id) ON DELETE CASCADE,
  photo_id INTEGER NOT NULL REFERENCES photo(id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  source TEXT NOT NULL,
  program TEXT,
  x REAL, y REAL, w REAL, h REAL,
  frame TEXT,
  applied_w INTEGER, applied_h INTEGER,
  rotation INTEGER,
  evidence TEXT,
  face_id INTEGER, person_id INTEGER,
  outcome TEXT
) STRICT;
CREATE INDEX said_name_photo ON said_name (photo_id);
CREATE INDEX said_name_import ON said_name (import_id, name);
CREATE INDEX said_name_evidence ON said_name (source, program, evidence)
  WHERE evidence IS NOT NULL;
CREATE INDEX said_name_face ON said_name (face_id) WHERE face_id IS NOT NULL;
CREATE INDEX said_name_waiting ON said_name (photo_id) WHERE outcome IS NULL;
CREATE INDEX said_name_unplaced ON said_name (person_id) WHERE outcome = 'on-photo';
"""

# Videos, which are photos with a length, and when in a video a face is; both in milliseconds.
#
# NULL for a photo and its faces; a length of 0 is not known yet. A frame of a video is what a photo
# is to grouping: nobody is there twice.
STEPS["m025_videos"] = """
ALTER TABLE photo ADD COLUMN duration INTEGER;
ALTER TABLE face ADD COLUMN moment INTEGER;
CREATE INDEX photo_video ON photo (duration) WHERE duration IS NOT NULL;
"""

# Photos that are shown as one: the same picture in several files, and bursts.
#
# stack_photo is the machine's: place orders a stack, 0 is on top; picture_id is the same for files
# of one picture; reason is why the top is there. face_twin numbers the faces that are the same in
# the files of a picture. What the user says instead is in photo: given_stack is the number of a
# stack made by hand, 0 for a photo that stands alone; given_top is 1 for the one put on top.
STEPS["m026_stacks"] = """
CREATE TABLE stack_photo (
  photo_id INTEGER PRIMARY KEY REFERENCES photo(id) ON DELETE CASCADE,
  stack_id INTEGER NOT NULL,
  place INTEGER NOT NULL,
  picture_id INTEGER NOT NULL,
  role TEXT NOT NULL,
  reason TEXT NOT NULL
) STRICT;
CREATE INDEX stack_photo_stack ON stack_photo (stack_id, place, photo_id);
CREATE INDEX stack_photo_picture ON stack_photo (picture_id);
CREATE TABLE face_twin (
  face_id INTEGER PRIMARY KEY REFERENCES face(id) ON DELETE CASCADE,
  twin INTEGER NOT NULL
) STRICT;
CREATE INDEX face_twin_twin ON face_twin (twin);
ALTER TABLE photo ADD COLUMN given_stack INTEGER;
ALTER TABLE photo ADD COLUMN given_top INTEGER CHECK (given_top = 1);
CREATE INDEX photo_given_stack ON photo (given_stack, given_top) WHERE given_stack IS NOT NULL;
CREATE INDEX photo_given_top ON photo (id) WHERE given_top = 1;
"""

# Where faces were that the user erased for good, so that no later analysis finds them again.
#
# Boxes as in face, x moved by the moment of a video (`domain.in_video`). Nothing else of an erased
# face or person is kept.
STEPS["m027_erased_faces"] = """
CREATE TABLE erased_face (
  photo_id INTEGER NOT NULL REFERENCES photo(id) ON DELETE CASCADE,
  x REAL NOT NULL, y REAL NOT NULL, w REAL NOT NULL, h REAL NOT NULL
) STRICT;
CREATE INDEX erased_face_photo ON erased_face (photo_id);
"""

# What the sidecars of photos say, where they are kept up to date: a hash for each photo.
STEPS["m028_sidecars"] = """
CREATE TABLE sidecar (
  photo_id INTEGER PRIMARY KEY REFERENCES photo(id) ON DELETE CASCADE,
  digest TEXT NOT NULL
) STRICT;
"""

# Names of tables and columns as the program's own terms have them. Indexes keep the name that they
# were made with, so they are made again.
STEPS["m029_imported_names_and_counterparts"] = """
ALTER TABLE said_name RENAME TO imported_name;
DROP INDEX said_name_photo;
DROP INDEX said_name_import;
DROP INDEX said_name_evidence;
DROP INDEX said_name_face;
DROP INDEX said_name_waiting;
DROP INDEX said_name_unplaced;
CREATE INDEX imported_name_photo ON imported_name (photo_id);
CREATE INDEX imported_name_import ON imported_name (import_id, name);
CREATE INDEX imported_name_evidence ON imported_name (source, program, evidence)
  WHERE evidence IS NOT NULL;
CREATE INDEX imported_name_face ON imported_name (face_id) WHERE face_id IS NOT NULL;
CREATE INDEX imported_name_waiting ON imported_name (photo_id) WHERE outcome IS NULL;
CREATE INDEX imported_name_unplaced ON imported_name (person_id) WHERE outcome = 'on-photo';
ALTER TABLE face_twin RENAME TO face_counterpart;
ALTER TABLE face_counterpart RENAME COLUMN twin TO group_id;
DROP INDEX face_twin_twin;
CREATE INDEX face_counterpart_group ON face_counterpart (group_id);
"""

# The order of photos by date, which is that of moments where a day has several time zones.
#
# utc_offset is that of taken_at in minutes, NULL if unknown. sort_at is what all lists are sorted
# by, see `library.photo_order`: taken_at, as long as nothing else is stored. Both are derived.
STEPS["m030_photo_order"] = """
ALTER TABLE photo ADD COLUMN utc_offset INTEGER;
ALTER TABLE photo ADD COLUMN sort_at TEXT NOT NULL DEFAULT '';
UPDATE photo SET sort_at = taken_at;
DROP INDEX photo_shown;
CREATE INDEX photo_shown ON photo (sort_at DESC, id DESC, status, folder_id, utc_offset);
"""

# The order of photos by name, which SQL can't tell: sort_name is the key of the name in relpath, as
# `storage.photos.sort_name` has it. The index lists the photos of each folder in that order; that
# of places stays as small as it is, for the tree of folders.
STEPS["m031_sort_names"] = """
ALTER TABLE photo ADD COLUMN sort_name TEXT;
UPDATE photo SET sort_name = sort_name(relpath);
CREATE INDEX photo_by_name ON photo (
  folder_id, rtrim(relpath, replace(relpath, '/', '')), sort_name
) WHERE status != 'missing';
"""

# Photos without a date are sorted by name as in lists by name: "2.jpg" before "10.jpg".
STEPS["m032_undated_by_sort_name"] = """
DROP INDEX photo_undated;
CREATE INDEX photo_undated ON photo (
  folder_id, rtrim(relpath, replace(relpath, '/', '')), sort_name
) WHERE taken_at = '';
"""
