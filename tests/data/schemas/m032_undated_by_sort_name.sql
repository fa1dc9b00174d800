-- The library as step m032_undated_by_sort_name leaves it. Released: never edit.
CREATE TABLE "_sqlite_migrations" (
   "id" INTEGER PRIMARY KEY,
   "migration_set" TEXT,
   "name" TEXT,
   "applied_at" TEXT
);
CREATE UNIQUE INDEX "idx__sqlite_migrations_migration_set_name"
    ON "_sqlite_migrations" ("migration_set", "name");
CREATE TABLE folder (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  path TEXT NOT NULL UNIQUE,
  watched INTEGER NOT NULL DEFAULT 1 CHECK (watched IN (0, 1)),
  state TEXT NOT NULL DEFAULT 'present' CHECK (state IN ('present', 'unplugged')),
  added_at TEXT NOT NULL,
  scanned_at TEXT
, paused INTEGER NOT NULL DEFAULT 0 CHECK (paused IN (0, 1)), skipped TEXT) STRICT;
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
  error TEXT, favourite INTEGER NOT NULL DEFAULT 0 CHECK (favourite IN (0, 1)), dates TEXT, sidecars TEXT, taken_doubt TEXT, date_rule INTEGER NOT NULL DEFAULT 0, repeats INTEGER NOT NULL DEFAULT 0 CHECK (repeats IN (0, 1)), changed_ns INTEGER, sample TEXT, seen_hash TEXT, version_of INTEGER REFERENCES photo(id), searched INTEGER NOT NULL DEFAULT 0, given_date TEXT, rating INTEGER CHECK (rating BETWEEN 0 AND 5), title TEXT, caption TEXT, turn INTEGER CHECK (turn IN (90, 180, 270)), given_place INTEGER, given_latitude REAL, given_longitude REAL, note TEXT, duration INTEGER, given_stack INTEGER, given_top INTEGER CHECK (given_top = 1), utc_offset INTEGER, sort_at TEXT NOT NULL DEFAULT '', sort_name TEXT,
  UNIQUE (folder_id, relpath)
) STRICT;
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
, death_date TEXT, notes TEXT, favourite INTEGER NOT NULL DEFAULT 0 CHECK (favourite IN (0, 1)), first_cover_id INTEGER) STRICT;
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
  similarity REAL, sure INTEGER NOT NULL DEFAULT 0 CHECK (sure IN (0, 1)), moment INTEGER,
  CHECK ((state IN ('suggested', 'confirmed')) = (person_id IS NOT NULL))
) STRICT;
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
CREATE INDEX face_photo ON face (photo_id, state, person_id);
CREATE INDEX photo_place ON photo (folder_id, rtrim(relpath, replace(relpath, '/', '')));
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
CREATE INDEX photo_repeats ON photo (id) WHERE repeats = 1;
CREATE INDEX photo_version_of ON photo (version_of) WHERE version_of IS NOT NULL;
CREATE INDEX face_person ON face (person_id, state, photo_id, quality, sure);
CREATE INDEX photo_unsearched ON photo (taken_at DESC, folder_id, searched)
  WHERE status = 'analysed' AND searched <= 0;
CREATE TABLE left_out (
  folder_id INTEGER NOT NULL REFERENCES folder(id) ON DELETE CASCADE,
  place TEXT NOT NULL,
  PRIMARY KEY (folder_id, place)
) STRICT, WITHOUT ROWID;
CREATE INDEX photo_doubt ON photo (taken_doubt, taken_at DESC, id DESC)
  WHERE taken_doubt IS NOT NULL;
CREATE TABLE photo_info (
  photo_id INTEGER PRIMARY KEY REFERENCES photo(id) ON DELETE CASCADE,
  rule INTEGER NOT NULL,
  make TEXT, model TEXT, lens TEXT,
  exposure_time REAL, f_number REAL, iso INTEGER,
  focal_length REAL, focal_length_35 REAL, flash INTEGER CHECK (flash IN (0, 1)),
  latitude REAL, longitude REAL, altitude REAL,
  rating INTEGER, title TEXT, caption TEXT, keywords TEXT,
  inside TEXT
, utc_offset INTEGER) STRICT;
CREATE INDEX photo_info_place ON photo_info (latitude, longitude) WHERE latitude IS NOT NULL;
CREATE TABLE photo_search (
  photo_id INTEGER PRIMARY KEY REFERENCES photo(id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  suffix TEXT NOT NULL,
  title TEXT, caption TEXT, keywords TEXT, camera TEXT, lens TEXT,
  rating INTEGER NOT NULL
) STRICT;
CREATE INDEX photo_pixels ON photo (width * height);
CREATE INDEX photo_search_rating ON photo_search (rating) WHERE rating > 0;
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
CREATE TABLE photo_location (
  photo_id INTEGER PRIMARY KEY REFERENCES photo(id) ON DELETE CASCADE,
  latitude REAL NOT NULL,
  longitude REAL NOT NULL,
  place INTEGER NOT NULL
) STRICT;
CREATE INDEX photo_location_place ON photo_location (place);
CREATE INDEX photo_given_place ON photo (given_place, given_latitude, given_longitude)
  WHERE given_place IS NOT NULL;
CREATE INDEX photo_note ON photo (id) WHERE note IS NOT NULL;
CREATE TABLE name_import (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  source TEXT NOT NULL,
  made_at TEXT NOT NULL,
  theirs TEXT NOT NULL,
  decision_id INTEGER,
  used INTEGER NOT NULL DEFAULT 0 CHECK (used IN (0, 1))
) STRICT;
CREATE TABLE "imported_name" (
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
CREATE INDEX photo_video ON photo (duration) WHERE duration IS NOT NULL;
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
CREATE TABLE "face_counterpart" (
  face_id INTEGER PRIMARY KEY REFERENCES face(id) ON DELETE CASCADE,
  group_id INTEGER NOT NULL
) STRICT;
CREATE INDEX photo_given_stack ON photo (given_stack, given_top) WHERE given_stack IS NOT NULL;
CREATE INDEX photo_given_top ON photo (id) WHERE given_top = 1;
CREATE TABLE erased_face (
  photo_id INTEGER NOT NULL REFERENCES photo(id) ON DELETE CASCADE,
  x REAL NOT NULL, y REAL NOT NULL, w REAL NOT NULL, h REAL NOT NULL
) STRICT;
CREATE INDEX erased_face_photo ON erased_face (photo_id);
CREATE TABLE sidecar (
  photo_id INTEGER PRIMARY KEY REFERENCES photo(id) ON DELETE CASCADE,
  digest TEXT NOT NULL
) STRICT;
CREATE INDEX imported_name_photo ON imported_name (photo_id);
CREATE INDEX imported_name_import ON imported_name (import_id, name);
CREATE INDEX imported_name_evidence ON imported_name (source, program, evidence)
  WHERE evidence IS NOT NULL;
CREATE INDEX imported_name_face ON imported_name (face_id) WHERE face_id IS NOT NULL;
CREATE INDEX imported_name_waiting ON imported_name (photo_id) WHERE outcome IS NULL;
CREATE INDEX imported_name_unplaced ON imported_name (person_id) WHERE outcome = 'on-photo';
CREATE INDEX face_counterpart_group ON face_counterpart (group_id);
CREATE INDEX photo_shown ON photo (sort_at DESC, id DESC, status, folder_id, utc_offset);
CREATE INDEX photo_by_name ON photo (
  folder_id, rtrim(relpath, replace(relpath, '/', '')), sort_name
) WHERE status != 'missing';
CREATE INDEX photo_undated ON photo (
  folder_id, rtrim(relpath, replace(relpath, '/', '')), sort_name
) WHERE taken_at = '';
INSERT INTO "_sqlite_migrations" (migration_set, name, applied_at) VALUES
  ('facesorter', 'm001_library', '2026-01-01 00:00:00+00:00'),
  ('facesorter', 'm002_covering_indexes', '2026-01-01 00:00:00+00:00'),
  ('facesorter', 'm003_questions', '2026-01-01 00:00:00+00:00'),
  ('facesorter', 'm004_search_indexes', '2026-01-01 00:00:00+00:00'),
  ('facesorter', 'm005_person_facts', '2026-01-01 00:00:00+00:00'),
  ('facesorter', 'm006_tags_albums', '2026-01-01 00:00:00+00:00'),
  ('facesorter', 'm007_two_models', '2026-01-01 00:00:00+00:00'),
  ('facesorter', 'm008_date_candidates', '2026-01-01 00:00:00+00:00'),
  ('facesorter', 'm009_first_cover', '2026-01-01 00:00:00+00:00'),
  ('facesorter', 'm010_repeats', '2026-01-01 00:00:00+00:00'),
  ('facesorter', 'm011_file_versions', '2026-01-01 00:00:00+00:00'),
  ('facesorter', 'm012_sure_faces', '2026-01-01 00:00:00+00:00'),
  ('facesorter', 'm013_sure_covered', '2026-01-01 00:00:00+00:00'),
  ('facesorter', 'm014_closer_search', '2026-01-01 00:00:00+00:00'),
  ('facesorter', 'm015_folder_choices', '2026-01-01 00:00:00+00:00'),
  ('facesorter', 'm016_given_dates', '2026-01-01 00:00:00+00:00'),
  ('facesorter', 'm017_photo_info', '2026-01-01 00:00:00+00:00'),
  ('facesorter', 'm018_duplicates', '2026-01-01 00:00:00+00:00'),
  ('facesorter', 'm019_turns', '2026-01-01 00:00:00+00:00'),
  ('facesorter', 'm020_places', '2026-01-01 00:00:00+00:00'),
  ('facesorter', 'm021_utc_offset', '2026-01-01 00:00:00+00:00'),
  ('facesorter', 'm022_undated_by_name', '2026-01-01 00:00:00+00:00'),
  ('facesorter', 'm023_notes_and_skipped', '2026-01-01 00:00:00+00:00'),
  ('facesorter', 'm024_said_names', '2026-01-01 00:00:00+00:00'),
  ('facesorter', 'm025_videos', '2026-01-01 00:00:00+00:00'),
  ('facesorter', 'm026_stacks', '2026-01-01 00:00:00+00:00'),
  ('facesorter', 'm027_erased_faces', '2026-01-01 00:00:00+00:00'),
  ('facesorter', 'm028_sidecars', '2026-01-01 00:00:00+00:00'),
  ('facesorter', 'm029_imported_names_and_counterparts', '2026-01-01 00:00:00+00:00'),
  ('facesorter', 'm030_photo_order', '2026-01-01 00:00:00+00:00'),
  ('facesorter', 'm031_sort_names', '2026-01-01 00:00:00+00:00'),
  ('facesorter', 'm032_undated_by_sort_name', '2026-01-01 00:00:00+00:00');
