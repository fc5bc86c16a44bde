"""Checks of lines that are made before anything is stored: can the rate card price them at all?"""

from adapters.db.pricing.calculations import find_calculation
from api.http.problem import FieldError, ProblemError, invalid
from api.services import Services
from api.v1.pricing.card_of_the_day import card_of_the_day, specification_problem
from api.v1.quotes.lines import PricedBody
from domain.pricing.specification_data import specification_from_data
from domain.rate_cards.problems import InvalidSpecificationError


async def check_specifications(services: Services, body: PricedBody) -> None:
    """Raises ProblemError 422 with a pointer for everything that the card of the day cannot price."""
    specifications = body.specifications()
    if not specifications:
        return
    async with services.database.read() as reading:
        card = await card_of_the_day(reading)
    found: list[tuple[str, InvalidSpecificationError]] = []
    for pointer, data in specifications:
        try:
            specification_from_data(data, card=card)
        except InvalidSpecificationError as error:
            found.append((pointer, error))
    if found:
        raise specification_problem(found)


async def missing_calculations(services: Services, body: PricedBody) -> ProblemError:
    """Which of the named calculations are not there. Asked only once storing has been refused for it."""
    errors = []
    async with services.database.read() as reading:
        for pointer, calculation_id in body.calculations():
            if await find_calculation(reading, calculation_id) is None:
                message = "is no stored calculation"
                errors.append(FieldError(pointer=pointer, code="calculation_not_found", message=message))
    return invalid(*errors, detail="There is no stored calculation with this id; nothing was stored.")
