import { expect } from 'chai';
import { CalendarVietnamese } from 'date-chinese';
import fc from 'fast-check';
import {
  createCalendar,
  lunarDaysOf,
  parseDays,
  receiptDeadline,
  sendingDeadline,
  type WorkCalendar,
} from '../../../src/gateway/deadlines/index.ts';

const HOURS = { opensAt: 7 * 60 + 30, closesAt: 17 * 60 };
const CLOCK = { urgentMs: 30 * 60_000, warnMs: 60 * 60_000 };

function calendarWith(days = ''): WorkCalendar {
  return createCalendar({ ...HOURS, ...parseDays(days) });
}

function at(text: string): number {
  return Date.parse(`${text}:00+07:00`);
}

function sending(acceptedAt: string, now: string, more: { isUrgent?: boolean; handedOverAt?: string } = {}) {
  const { isUrgent = false, handedOverAt } = more;
  const done = handedOverAt === undefined ? null : at(handedOverAt);
  const found = sendingDeadline(
    calendarWith(),
    CLOCK,
    { acceptedAt: at(acceptedAt), isUrgent, handedOverAt: done },
    at(now),
  );
  return { ...found, latestAt: new Date(found.latestAt + 7 * 3_600_000).toISOString().slice(0, 16) };
}

describe('the legal clock of a document', () => {
  it('has Tết and Giỗ Tổ of every year where the moon puts them', () => {
    for (let year = 2020; year <= 2060; year += 1) {
      const calendar = new CalendarVietnamese();
      calendar.fromJDE(calendar.newYear(year));
      const [cycle, lunarYear] = calendar.get();
      const tet = calendar.toGregorian();
      const ancestors = new CalendarVietnamese(cycle, lunarYear, 3, false, 10).toGregorian();
      const text = ({ year: y, month, day }: { year: number; month: number; day: number }): string =>
        `${y}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;

      expect(lunarDaysOf(year), String(year)).to.deep.equal({ tet: text(tet), ancestors: text(ancestors) });
    }
    expect(lunarDaysOf(2061)).to.equal(null);
  });

  it('gives a document of a working day until the next morning', () => {
    // 2026-11-20 is a Friday.
    expect(sending('2026-11-19T09:00', '2026-11-19T09:01')).to.include({
      latestAt: '2026-11-20T12:00',
      state: 'running',
    });
    expect(sending('2026-11-19T09:00', '2026-11-19T16:30').state).to.equal('soon');
    expect(sending('2026-11-19T09:00', '2026-11-20T11:59').state).to.equal('soon');
    expect(sending('2026-11-19T09:00', '2026-11-20T12:01').state).to.equal('late');
  });

  it('counts what comes after hours, at a weekend or in Tết from the next working day', () => {
    expect(sending('2026-11-20T17:01', '2026-11-20T17:01').latestAt).to.equal('2026-11-24T12:00');
    expect(sending('2026-11-21T10:00', '2026-11-21T10:00').latestAt).to.equal('2026-11-24T12:00');
    // Tết 2027: 6 February; 5 to 9 February off, the weekend days 6 and 7 made up for on 10 and 11.
    expect(sending('2027-02-04T16:00', '2027-02-04T16:00').latestAt).to.equal('2027-02-12T12:00');
    expect(sending('2027-02-06T16:00', '2027-02-06T16:00').latestAt).to.equal('2027-02-15T12:00');
  });

  it('lets an urgent one run at once, at night and on holidays too', () => {
    const urgent = { isUrgent: true };

    expect(sending('2027-02-06T23:00', '2027-02-06T23:10', urgent)).to.include({
      latestAt: '2027-02-06T23:30',
      state: 'running',
    });
    expect(sending('2027-02-06T23:00', '2027-02-06T23:20', urgent).state).to.equal('soon');
    expect(sending('2027-02-06T23:00', '2027-02-06T23:31', urgent).state).to.equal('late');
  });

  it('remembers whether what is done was done in time', () => {
    const now = '2027-01-01T00:00';

    expect(sending('2026-11-19T09:00', now, { handedOverAt: '2026-11-20T12:00' }).state).to.equal('met');
    expect(sending('2026-11-19T09:00', now, { handedOverAt: '2026-11-20T12:01' }).state).to.equal('missed');
  });

  it('wants a recipient to speak up the same day', () => {
    const calendar = calendarWith();
    const arrived = { arrivedAt: at('2026-11-19T09:00'), isUrgent: false, answeredAt: null };
    const state = (now: string) => receiptDeadline(calendar, CLOCK, arrived, at(now)).state;

    expect(['2026-11-19T15:59', '2026-11-19T16:01', '2026-11-19T17:01'].map(state)).to.deep.equal([
      'running',
      'soon',
      'late',
    ]);
  });

  it("lets the operator's own days off and swapped days go before ours", () => {
    const calendar = calendarWith('2026-11-23..2026-11-24,+2026-11-28');

    expect(calendar.isWorkday('2026-11-23')).to.equal(false);
    expect(calendar.nextWorkday('2026-11-20')).to.equal('2026-11-25');
    expect(calendar.isWorkday('2026-11-28')).to.equal(true);
    for (const wrong of ['2026-13-01', 'hôm nay', '2026-11-24..2026-11-23', '2026-01-01..2026-12-31'])
      expect(() => parseDays(wrong), wrong).to.throw(RangeError, wrong);
  });

  it('never puts a limit on a day off, nor before the document', () => {
    const calendar = calendarWith();
    const moments = fc.integer({ min: at('2020-02-01T00:00'), max: at('2059-12-01T00:00') });
    fc.assert(
      fc.property(moments, (acceptedAt) => {
        const { dueAt, latestAt } = sendingDeadline(
          calendar,
          CLOCK,
          { acceptedAt, isUrgent: false, handedOverAt: null },
          acceptedAt,
        );
        expect(calendar.isWorkday(calendar.dayOf(dueAt))).to.equal(true);
        expect(calendar.isWorkday(calendar.dayOf(latestAt))).to.equal(true);
        expect(dueAt).to.be.at.least(acceptedAt);
        expect(latestAt).to.be.greaterThan(dueAt);
      }),
    );
  });
});
