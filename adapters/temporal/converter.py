"""The one data converter: Pydantic's, with one cache of validators for all quotes.

The SDK makes a converter for every workflow; building its validators anew each time cost a tenth of a worker's
time. Validators have no state, so they can be shared.
"""

from typing import Final

from temporalio.contrib.pydantic import PydanticPayloadConverter
from temporalio.converter import CompositePayloadConverter, DataConverter

_CONVERTERS: Final = tuple(PydanticPayloadConverter().converters.values())


class SharedPydanticConverter(CompositePayloadConverter):
    """As `PydanticPayloadConverter`, and every instance is of the same parts."""

    def __init__(self) -> None:
        super().__init__(*_CONVERTERS)


DATA_CONVERTER: Final = DataConverter(payload_converter_class=SharedPydanticConverter)
