"""User actions on stacks of photos: library functions with their texts."""

from __future__ import annotations

from collections.abc import Sequence

from facesorter.domain import PhotoId
from facesorter.gui.base.actions import Actions, bind
from facesorter.gui.grid.photo_model import PhotoModel
from facesorter.gui.i18n.words import translate
from facesorter.gui.widgets.photo_menu import StackActs
from facesorter.gui.widgets.stack_view import StackView
from facesorter.library.decisions import stacks


class StackActions:
    """Actions on the stacks in a grid. Thread: GUI."""

    def __init__(self, actions: Actions) -> None:
        self._decide = actions.decide

    def stack(self, photo_ids: Sequence[PhotoId]) -> None:
        """Stack photos; a single one is left alone."""
        if len(photo_ids) > 1:
            text = translate("Stacks", "Stacked %Ln photo(s)", "", len(photo_ids))
            self._decide(text, bind(stacks.stack, list(photo_ids)))

    def unstack(self, photo_ids: Sequence[PhotoId]) -> None:
        """Take photos out of their stacks."""
        if photo_ids:
            text = translate("Stacks", "Unstacked %Ln photo(s)", "", len(photo_ids))
            self._decide(text, bind(stacks.unstack, list(photo_ids)))

    def put_on_top(self, photo_id: PhotoId) -> None:
        """Put a photo on top of its stack."""
        text = translate("Stacks", "Put on top of its stack")
        self._decide(text, bind(stacks.put_on_top, photo_id))

    def of_selected(self, view: StackView) -> StackActs:
        """Return the entries for the selected photos of a grid."""
        model, ids, whole = view.model(), view.selected_ids(), view.whole_ids()
        assert isinstance(model, PhotoModel)
        stacked = view.stacked_ids()
        current = ids[0] if len(ids) == 1 else None
        here = current is not None and len(model.stack_of(current)) > 1
        covered = here and current != model.stack_of(ids[0])[0]
        one = len({model.stack_of(each)[0] for each in ids}) == 1
        return StackActs(
            unfold=view.toggle_stack if here else None,
            unfolded=current is not None and model.is_unfolded(current),
            top=(lambda: self.put_on_top(ids[0])) if covered else None,
            stack=(lambda: self.stack(whole)) if len(ids) > 1 and not one else None,
            unstack=(lambda: self.unstack(stacked)) if stacked else None,
            photos=len(stacked),
        )

    def serve(self, view: StackView) -> None:
        """Stack and unstack the selected photos of a grid by its keys."""
        view.stack_wanted.connect(lambda: self.stack(view.whole_ids()))
        view.unstack_wanted.connect(lambda: self.unstack_selected(view))

    def unstack_selected(self, view: StackView) -> None:
        """Take the selected photos of a grid out of their stacks."""
        self.unstack(view.stacked_ids())
