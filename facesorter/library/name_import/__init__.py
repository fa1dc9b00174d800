"""Names from other programs: matched to faces, previewed, and used in one decision.

[Note: one import] Using names is one decision that sets `used` of an import, whose names then wait.
`applying.apply` works them off in batches that are added to the same decision, at once where
a photo's faces are known, else when they are. So nothing holds the writer for long, a restart loses
nothing, the user is asked once, and one undo takes everything back.
"""
