// store/schema.h: the tables of the store's file. Floor 2. Used only inside compute/store.
#pragma once

namespace warpscope::store {

inline constexpr int kSchemaVersion = 1;  // kept in SQLite's user_version

// Strokes are text in the form of the strokes file (without label: the column is what counts), so that any program that
// reads SQLite can read a person's drawings. Numbers of a curve that are not finite are NULL, as SQLite has no NaN.
// Points are blobs, one for each epoch and kind: see point_blob.h.
inline constexpr const char* kSchema = R"sql(
CREATE TABLE drawings (
  id      INTEGER PRIMARY KEY AUTOINCREMENT,
  label   INTEGER NOT NULL CHECK (label BETWEEN 0 AND 9),
  strokes TEXT    NOT NULL,
  image   BLOB    NOT NULL CHECK (length(image) = 784),
  created TEXT    NOT NULL
);
CREATE TABLE runs (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  name          TEXT,
  started       TEXT    NOT NULL,
  network       TEXT    NOT NULL,
  optimizer     TEXT    NOT NULL,
  schedule      TEXT    NOT NULL,
  augmentation  TEXT    NOT NULL,
  backend       TEXT    NOT NULL,
  rate          REAL,
  batch         INTEGER NOT NULL,
  epochs        INTEGER NOT NULL,
  seed          INTEGER NOT NULL,
  test_accuracy REAL
);
CREATE TABLE epochs (
  run                 INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  epoch               INTEGER NOT NULL CHECK (epoch >= 1),
  step                INTEGER NOT NULL,
  seconds             REAL,
  train_loss          REAL,
  train_accuracy      REAL,
  validation_loss     REAL,
  validation_accuracy REAL,
  samples_per_second  REAL,
  PRIMARY KEY (run, epoch)
);
CREATE TABLE curve_points (
  run    INTEGER NOT NULL,
  epoch  INTEGER NOT NULL,
  kind   TEXT    NOT NULL CHECK (kind IN ('train', 'validation')),
  points BLOB    NOT NULL CHECK (length(points) % 20 = 0),
  PRIMARY KEY (run, epoch, kind),
  FOREIGN KEY (run, epoch) REFERENCES epochs (run, epoch) ON DELETE CASCADE
);
PRAGMA user_version = 1;
)sql";

}  // namespace warpscope::store
