// Every word of the console, Korean first. Levels, kinds and outcomes are named once, here.

import type { Class, Level } from "./api";
import type { Pair } from "./prefs.svelte";

const count = (n: number, noun: string): string => `${n.toLocaleString("en")} ${noun}${n === 1 ? "" : "s"}`;
const ko = (n: number): string => n.toLocaleString("ko");

export const levels: Record<Level, Pair> = {
  critical: ["심각", "Critical"],
  warning: ["경계", "Warning"],
  caution: ["주의", "Caution"],
  attention: ["관심", "Attention"],
};
export const levelOrder: readonly Level[] = ["critical", "warning", "caution", "attention"];
export const levelMeaning: Record<Level, Pair> = {
  critical: ["심각: 지금 사람이 위험합니다. 바로 움직이세요", "Critical: people are in danger now; act at once"],
  warning: ["경계: 위험해질 수 있습니다. 몇 분 안에 확인하세요", "Warning: it may become dangerous; look within minutes"],
  caution: ["주의: 이상이 이어집니다. 오늘 안에 확인하세요", "Caution: something stays wrong; look today"],
  attention: ["관심: 지켜봅니다. 아직 할 일은 없을 수 있습니다", "Attention: watched; perhaps nothing to do yet"],
};

export const classes: Record<Class, Pair> = {
  alarm: ["경보", "Alarm"],
  supervisory: ["감시", "Supervisory"],
  trouble: ["장애", "Fault"],
};
export const classMeaning: Record<Class, Pair> = {
  alarm: ["경보: 무언가가 사람을 위협합니다", "Alarm: something threatens people"],
  supervisory: ["감시: 보호 설비가 정상이 아닙니다", "Supervisory: a protective system is not as it should be"],
  trouble: ["장애: 볼 수 없는 곳이 있습니다", "Fault: the system cannot see"],
};

export const outcomes: Record<string, Pair> = {
  real: ["실제 상황", "It was real"],
  cooking: ["조리", "Cooking"],
  steam: ["수증기", "Steam"],
  insect: ["벌레", "An insect"],
  dust: ["먼지", "Dust"],
  cigarette: ["담배 연기", "Cigarette smoke"],
  fault: ["기기 고장", "A faulty device"],
  test: ["시험", "A test"],
  misuse: ["장난·오조작", "Misuse"],
  "other-false": ["그 밖의 오경보", "Another false alarm"],
  away: ["병원·외출", "Away or in hospital"],
  "resident-fine": ["본인이 괜찮다고 함", "The resident says all is well"],
  restored: ["저절로 회복", "Restored by itself"],
};
/** What a false alarm may have been; the rest is said by itself or by other buttons. */
export const falseOutcomes = Object.keys(outcomes)
  .filter((of) => !["real", "away", "resident-fine", "restored"].includes(of));

export const quantities: Record<string, Pair> = {
  temperature: ["온도", "Temperature"],
  smoke: ["연기", "Smoke"],
  co: ["일산화탄소", "Carbon monoxide"],
  gas: ["가스", "Gas"],
  water_level: ["수위", "Water level"],
  acceleration: ["진동", "Acceleration"],
  power: ["전력", "Power"],
  energy: ["전력량", "Energy"],
  water: ["수돗물", "Water"],
  humidity: ["습도", "Humidity"],
  occupancy: ["인원", "Persons"],
  motion: ["움직임", "Motion"],
  presence: ["재실", "Presence"],
  contact: ["문 열림", "Door open"],
  leak: ["누수", "Leak"],
  float_switch: ["수위 스위치", "Float switch"],
  smoke_alarm: ["연기감지기", "Smoke alarm"],
  gas_alarm: ["가스경보기", "Gas alarm"],
  panel_alarm: ["화재 수신기 접점", "Fire panel"],
  panel_fault: ["수신기 고장", "Panel fault"],
  call_point: ["발신기 누름", "Call point pressed"],
  sos: ["응급호출", "Call for help"],
  fall: ["넘어짐", "Fall"],
  mains: ["상용 전원", "Mains power"],
  tamper: ["덮개 열림", "Housing opened"],
  battery: ["배터리", "Battery"],
};

export const nav = {
  main: ["주 메뉴", "Main"],
  name: ["지킴이", "jikimi"],
  overview: ["현황", "Overview"],
  sites: ["시설", "Sites"],
  incidents: ["사건", "Incidents"],
  homes: ["세대", "Homes"],
  devices: ["기기", "Devices"],
  rules: ["규칙", "Rules"],
  people: ["사람", "People"],
  handover: ["인수인계", "Handover"],
  wall: ["벽 화면", "Wall"],
  more: ["설정", "Settings"],
  language: ["English", "한국어"],
  languageIs: ["언어", "Language"],
  dark: ["어두운 화면", "Dark"],
  light: ["밝은 화면", "Light"],
  sound: ["경보음", "Sound"],
  soundOn: ["경보음 켜짐", "Sound on"],
  soundOff: ["경보음 꺼짐", "Sound off"],
  soundBlocked: ["아무 키나 누르면 경보음이 켜집니다", "Press any key to let the sound on"],
  skip: ["본문으로", "Skip to the page"],
  keys: ["모든 키", "All keys"],
  keysOn: ["한 글자 키 켜짐", "Single keys on"],
  keysOff: ["한 글자 키 꺼짐", "Single keys off"],
  back: ["돌아가기", "Back"],
  close: ["닫기", "Close"],
  all: ["모두", "All"],
  open: ["열기", "Open"],
  search: ["찾기", "Search"],
  print: ["인쇄", "Print"],
  faster: (n: number): Pair => [`${n}배 빠른 시계`, `Clock ${n}× as fast`],
  signOut: ["나가기", "Sign out"],
} as const satisfies Record<string, Pair | ((n: number) => Pair)>;

export const link = {
  heard: (age: string): Pair => [`수신 ${age} 전`, `Heard ${age} ago`],
  opening: ["연결하는 중", "Connecting"],
  lost: (age: string): Pair =>
    [`연결이 끊겼습니다. 이 화면은 ${age} 전 모습입니다.`, `Connection lost. This screen is ${age} old.`],
  never: ["지킴이에 연결되지 않았습니다.", "jikimi cannot be reached."],
  lostNote: (time: string, n: number): Pair => [
    `${time}부터 새 소식을 받지 못합니다 · ${n}번째 다시 연결하는 중 · 급하면 관제실 직통 전화를 쓰세요`,
    `Nothing new since ${time} · try ${n} · if it is urgent, telephone the control room`],
  deaf: ["기기의 소식을 받지 못합니다.", "No device can reach us."],
  deafNote: ["중계 서버(MQTT)와 끊겼습니다. 새 사건이 보이지 않을 수 있습니다. 수신기를 직접 보세요.",
    "The MQTT broker is away. A new incident may go unseen; look at the panel itself."],
  unkept: ["데이터베이스를 쓸 수 없습니다. 보이는 것은 마지막 모습입니다.", "The database is away. What is shown is the last that was kept."],
  unkeptNote: ["새 사건이 저장되지도 보이지도 않습니다. 수신기를 직접 보고, 관리자에게 알리세요.",
    "A new incident is neither kept nor shown. Look at the panel itself, and tell an administrator."],
  behind: ["처리가 밀려 있습니다. 보이는 내용이 늦습니다.", "The service is behind; what is shown comes late."],
  behindNote: ["잠시 뒤 저절로 따라잡습니다. 1분이 넘으면 관리자에게 알리세요.",
    "It catches up by itself; after a minute, tell an administrator."],
  retry: ["지금 다시 연결", "Connect now"],
  refused: ["연결이 끊긴 동안에는 할 수 없습니다", "Not while the connection is lost"],
  changed: ["끊긴 동안 바뀜", "Changed meanwhile"],
} as const;

export const loading = {
  wait: ["불러오고 있습니다", "Loading"],
  slow: ["답이 늦습니다. 서비스가 바쁘거나 연결이 약합니다.", "The answer is late: the service is busy or the link is weak."],
  failed: ["받지 못했습니다", "It could not be had"],
  again: ["다시 시도", "Try again"],
} as const;

export const incident = {
  title: ["사건", "Incidents"],
  lead: ["다음 할 일", "Do next"],
  since: ["시작", "Since"],
  why: ["근거", "Why"],
  out: ["대피", "Way out"],
  inside: ["건물 안", "Inside"],
  unowned: ["접수 전", "Nobody has it"],
  noOwner: ["담당자 없음", "No owner"],
  owned: ["접수됨", "Acknowledged"],
  owner: (who: string, time: string): Pair => [`${time} ${who}`, `${who} ${time}`],
  ownedUntil: (time: string): Pair => [`${time}까지, 그 뒤 다시 울립니다`, `until ${time}, then it rings again`],
  from: (time: string, span: string): Pair => [`${time}부터 ${span}째`, `since ${time}, for ${span}`],
  lasting: (span: string): Pair => [`${span}째`, `for ${span}`],
  ago: (span: string): Pair => [`${span} 전`, `${span} ago`],
  over: ["신호 멎음", "Signals ceased"],
  acknowledge: ["접수하기", "Acknowledge"],
  falseAlarm: ["오경보", "False alarm"],
  report: ["상황보고", "Report"],
  resolve: ["종료", "Close"],
  resolveFirst: ["접수한 뒤에 종료할 수 있습니다", "It can be closed once acknowledged"],
  drill: ["훈련", "Drill"],
  real: ["실제", "Real"],
  none: ["열린 사건이 없습니다", "Nothing is open"],
  empty: ["지금 볼 사건이 없습니다.", "There is no incident to look at."],
  unknown: ["이런 사건이 없습니다", "There is no such incident"],
  sure: { high: ["확실한 정도: 높음", "Certainty: high"], middle: ["확실한 정도: 중간", "Certainty: medium"],
    low: ["확실한 정도: 낮음", "Certainty: low"], gone: ["지금은 근거가 없습니다", "Nothing stands now"] },
  evidence: (n: number, d: number): Pair =>
    [`센서 ${ko(d)}개 · 근거 ${ko(n)}건`, `${count(d, "sensor")} · ${count(n, "piece")} of evidence`],
  andPanel: (d: number): Pair => [`센서 ${ko(d)}개와 수신반 일치`, `${count(d, "sensor")} and the fire panel agree`],
  sensors: (d: number): Pair => [`센서 ${ko(d)}개 일치`, d === 1 ? "One sensor" : `${d} sensors agree`],
  highWhy: ["서로 다른 센서와 수신반이 같은 것을 가리킵니다.", "Different sensors and the panel say the same."],
  middleWhy: ["센서 둘 이상이 같은 것을 가리킵니다.", "Two sensors or more say the same."],
  lowWhy: ["센서 하나만 알립니다. 현장을 확인하세요.", "One sensor alone says so. Have the place checked."],
  rule: (id: string): Pair => [`규칙 ${id}`, `Rule ${id}`],
  late: ["늦게 도착", "Told late"],
  ended: ["끝남", "Over"],
  more: (n: number): Pair => [`그 밖의 근거 ${ko(n)}건`, `${ko(n)} more`],
  actions: ["다음 행동", "What to do"],
  doneOf: (done: number, all: number): Pair => [`${all}개 중 ${done}개 끝남`, `${done} of ${all} done`],
  ladder: ["연락 단계", "Ladder"],
  ladderNote: ["접수하면 남은 단계가 멈춥니다", "Acknowledging stops what is left"],
  ladderNone: ["보낸 알림이 아직 없습니다", "No notice has been queued yet"],
  queued: ["보낼 차례", "Queued"],
  stopped: ["멈춤", "Stopped"],
  history: ["경과", "Course"],
  note: ["메모", "Note"],
  floor: ["평면도", "Floor plan"],
  also: ["같은 곳의 다른 사건", "Others at this place"],
  list: { unresolved: ["열린 사건", "Open"], resolved: ["종료된 사건", "Closed"] },
  more50: ["더 보기", "More"],
  columns: { level: ["단계", "Level"], what: ["무엇", "What"], since: ["시작", "Since"],
    who: ["담당", "Owner"], next: ["다음 할 일", "Do next"], outcome: ["결과", "Outcome"] },
} as const;

export const confirm = {
  acknowledge: ["접수합니다", "Acknowledge"],
  acknowledgeNote: ["현장을 확인할 사람이 있을 때 접수하세요. 30분 동안 다시 울리지 않습니다.",
    "Acknowledge when someone goes to look. It will not ring again for 30 minutes."],
  acknowledgeYes: ["현장 확인, 접수하기", "Someone goes: acknowledge"],
  resolve: ["무엇이었습니까?", "What was it?"],
  falseAlarm: ["어떤 오경보였습니까?", "What set it off?"],
  resolveNote: ["종료하면 대피 안내도 끝납니다. 현장 확인 뒤에 입력하세요.",
    "Closing ends the guidance too. Give the outcome once the place has been seen."],
  note: ["메모 (선택, 이름·병명·전화번호는 쓰지 않습니다)", "Note (optional; no names, illness or numbers)"],
  resolveYes: ["결과를 적고 종료", "Record and close"],
  refused: ["되지 않았습니다", "It was not done"],
  noAnswer: ["답이 없습니다. 다시 누르면 한 번만 처리됩니다.", "No answer. Press again: it is carried out once."],
  undo: ["되돌리기", "Undo"],
} as const;

/** What to do next, as an imperative: by kind of incident, before and after a person has it. */
const next: Record<string, { open: Pair; acknowledged: Pair }> = {
  fire: {
    open: ["접수하고 119에 신고하세요", "Acknowledge and call 119"],
    acknowledged: ["평면도의 길로 내보내고 현장을 확인하세요", "Lead people out by the plan; check the place"],
  },
  gas: {
    open: ["접수하고 가스를 잠그게 하세요", "Acknowledge; have the gas shut off"],
    acknowledged: ["스위치를 건드리지 말고 환기하며 내보내세요", "Touch no switch; air it and lead people out"],
  },
  co: {
    open: ["접수하고 119에 신고하세요", "Acknowledge and call 119"],
    acknowledged: ["모두 밖으로 내보내고 환기하세요", "Lead everyone out and air it"],
  },
  flood: {
    open: ["접수하고 사람들을 위층으로 보내세요", "Acknowledge; send people upstairs"],
    acknowledged: ["물이 오는 곳을 찾고 전기를 차단하세요", "Find the water; cut the power"],
  },
  earthquake: {
    open: ["접수하고 흔들림이 멈추면 내보내세요", "Acknowledge; lead out once it is still"],
    acknowledged: ["가스와 승강기를 확인하세요", "Check gas and lifts"],
  },
  blackout: {
    open: ["접수하고 승강기에 갇힌 사람을 확인하세요", "Acknowledge; see who is in the lift"],
    acknowledged: ["비상조명과 예비 전원을 확인하세요", "Check emergency light and standby power"],
  },
  crowding: {
    open: ["접수하고 더 들어가지 못하게 하세요", "Acknowledge; let nobody else in"],
    acknowledged: ["문을 열고 나누어 내보내세요", "Open the doors; let people out in parts"],
  },
  sos: {
    open: ["접수하고 바로 전화하세요", "Acknowledge and call at once"],
    acknowledged: ["받지 않으면 119와 함께 방문하세요", "No answer: visit with 119"],
  },
  fall: {
    open: ["접수하고 바로 전화하세요", "Acknowledge and call at once"],
    acknowledged: ["받지 않으면 119와 함께 방문하세요", "No answer: visit with 119"],
  },
  stillness: {
    open: ["접수하고 전화로 안부를 물으세요", "Acknowledge; ask by telephone"],
    acknowledged: ["받지 않으면 방문하세요", "No answer: visit"],
  },
};
const nextOtherwise = {
  open: ["접수하고 현장을 확인하게 하세요", "Acknowledge; have the place checked"],
  acknowledged: ["현장을 확인하고 결과를 입력하세요", "Check the place; say what it was"],
} as const satisfies Record<string, Pair>;
const nextOfFault = {
  open: ["기기의 전원과 통신을 확인하세요", "Check the device's power and link"],
  acknowledged: ["고친 뒤 결과를 입력하세요", "When mended, say what it was"],
} as const satisfies Record<string, Pair>;
const nextWhenOver: Pair = ["현장을 확인하고 종료하세요", "Check the place, then close"];
const nextWhenResolved: Pair = ["더 할 일이 없습니다", "Nothing is left to do"];

export function nextStep(of: { kind: string; class: Class; state: string; stands: boolean }): Pair {
  if (of.state === "resolved") return nextWhenResolved;
  if (!of.stands) return nextWhenOver;
  const known = next[of.kind] ?? (of.class === "trouble" ? nextOfFault : nextOtherwise);
  return of.state === "acknowledged" ? known.acknowledged : known.open;
}

export const roles: Record<string, Pair> = {
  operator: ["관제요원", "Operator"],
  caseworker: ["생활지원사", "Caseworker"],
  engineer: ["시설 담당", "Engineer"],
  administrator: ["관리자", "Administrator"],
  resident: ["본인", "Resident"],
  "worker-1": ["생활지원사", "Worker"],
  "worker-2": ["두 번째 담당자", "Second worker"],
  "emergency-contact": ["비상 연락처", "Emergency contact"],
  "management-office": ["관리사무소", "Management office"],
};
export const role = (id: string): Pair => roles[id] ?? [id, id];

export const causes: Record<string, Pair> = {
  finding: ["시작", "Opened"],
  level: ["단계 바뀜", "Level changed"],
  acknowledged: ["접수", "Acknowledged"],
  "acknowledgement-expired": ["접수 시간이 끝나 다시 울림", "Acknowledgement ran out; rings again"],
  cleared: ["신호 멎음", "Signals ceased"],
  "stands-again": ["다시 신호", "Signals again"],
  resolved: ["종료", "Closed"],
  restored: ["저절로 회복", "Restored by itself"],
  reopened: ["다시 열림", "Reopened"],
  "taken-over": ["넘겨받음", "Taken over"],
  assigned: ["담당 지정", "Assigned"],
  declared: ["사람이 선포", "Declared"],
};
export const cause = (id: string): Pair => causes[id] ?? [id, id.replaceAll("-", " ")];

export const storey = (level: number): Pair =>
  level < 0 ? [`지하 ${-level}층`, `B${-level}`] : [`${level}층`, `${level}F`];

/** A span in the two largest units that say something: "1분 5초". */
export function span(seconds: number): Pair {
  const s = Math.max(0, Math.floor(seconds));
  const [d, h, m] = [Math.floor(s / 86_400), Math.floor(s / 3600) % 24, Math.floor(s / 60) % 60];
  const two = (a: Pair, n: number, b: Pair): Pair =>
    n > 0 ? [`${a[0]} ${b[0]}`, `${a[1]} ${b[1]}`] : a;
  if (d > 0) return two([`${d}일`, `${d} d`], h, [`${h}시간`, `${h} h`]);
  if (h > 0) return two([`${h}시간`, `${h} h`], m, [`${m}분`, `${m} min`]);
  if (m > 0) return two([`${m}분`, `${m} min`], s % 60, [`${s % 60}초`, `${s % 60} s`]);
  return [`${s}초`, `${s} s`];
}

export const drill = {
  since: (time: string): Pair => [`${time}부터`, `since ${time}`],
  more: (n: number): Pair => [`그 밖에 ${n}건`, `${n} more`],
  open: ["훈련 보기", "Open the drill"],
} as const;

export const keyHelp: readonly (readonly [string, Pair])[] = [
  ["A", ["접수", "Acknowledge"]],
  ["F", ["오경보", "False alarm"]],
  ["E", ["종료, 결과 입력", "Close with an outcome"]],
  ["R", ["상황보고", "Report"]],
  ["P", ["인쇄", "Print"]],
  ["1 – 9", ["다음 행동에 표시", "Tick what to do"]],
  ["J K", ["다음, 이전", "Next, previous"]],
  ["Enter", ["열기", "Open"]],
  ["Esc", ["돌아가기", "Back"]],
  ["[ ]", ["아래층, 위층", "Storey below, above"]],
  ["M", ["지금 울리는 소리 끄기", "Silence what sounds now"]],
  ["L", ["다시 연결", "Connect again"]],
  ["G O", ["현황", "Overview"]],
  ["G S", ["시설", "Sites"]],
  ["G I", ["사건", "Incidents"]],
  ["G H", ["세대", "Homes"]],
  ["G D", ["기기", "Devices"]],
  ["G R", ["규칙", "Rules"]],
  ["/", ["찾기", "Search"]],
  ["?", ["모든 키", "All keys"]],
];

export const floor = {
  noWay: ["나갈 수 없음 · 문 닫고 대기", "No way out · close the door, wait"],
  toRefuge: ["대피공간으로", "to the refuge"],
  noMargin: ["여유 없음", "No time left"],
  marginUnknown: ["여유 모름", "Time left unknown"],
  people: (n: number): Pair => [`${ko(n)}명`, `${ko(n)}`],
  peopleLong: (n: number): Pair => [`${ko(n)}명`, count(n, "person").replace("persons", "people")],
  queue: (n: number): Pair => [`대기 ${ko(n)}명`, `${ko(n)} waiting`],
  unknown: ["모름", "Unknown"],
  unknownOf: (n: number): Pair => [`모르는 구역 ${n}곳`, count(n, "unknown zone")],
  at: (level: number): Pair => storey(level),
  clearing: (s: string): Pair => [`전원 대피 ${s}`, `All out in ${s}`],
  bound: (s: string): Pair => [`이론 하한 ${s}`, `lower bound ${s}`],
  stranded: (n: number): Pair => [`길이 없는 ${ko(n)}명`, `${ko(n)} without a way`],
  signs: (all: number, sure: number): Pair => [`유도등 ${all}개 중 ${sure}개 확인`, `${sure} of ${all} signs confirmed`],
  signsRest: (all: number): Pair => [`유도등 ${all}개 · 평상시`, `${count(all, "sign")} at rest`],
  epoch: (n: number): Pair => [`${n}번째 안내`, `direction ${n}`],
  calm: ["평상시 · 누구도 안내하지 않습니다", "Nothing is wrong; nobody is being led"],
  closedUp: ["막힘", "closed"],
  exit: ["출구", "Exit"],
  north: ["북", "N"],
  scale: (m: number): Pair => [`${m} m`, `${m} m`],
  legend: { confirmed: ["유도등 확인됨", "Sign confirmed"],
    unconfirmed: ["확인 안 됨 · 이전 표시일 수 있음", "Unconfirmed; may show the old way"],
    person: ["한 사람", "One person"], queue: ["대기 많음", "Many waiting"], unknown: ["모름", "Unknown"],
    route: ["고른 구역의 길", "Way of the chosen zone"], hazard: ["위험 구역", "Danger"] },
  pick: ["구역을 누르면 그곳에서 나가는 길이 보입니다", "Press a zone to see its way out"],
  table: ["표로 보기", "As a table"],
  columns: { zone: ["구역", "Zone"], people: ["사람", "People"], state: ["상태", "State"], to: ["나가는 길", "Way out"],
    time: ["걸리는 시간", "Time"], margin: ["여유", "Time left"] },
  way: (names: string): Pair => [names, names],
  takes: (time: string, length: number): Pair => [`${time} · ${length} m`, `${time} · ${length} m`],
  avoids: (names: string): Pair => [`피하는 곳: ${names}`, `avoids ${names}`],
  through: (names: string): Pair => [`모르는 곳을 지남: ${names}`, `through the unknown: ${names}`],
  stay: ["나갈 길이 없습니다. 문을 닫고 위치를 알리세요", "No way out: close the door, make yourselves known"],
  danger: ["위험", "Danger"],
  normal: ["이상 없음", "Clear"],
  bare: ["이 시설에는 평면도가 없습니다", "This site has no plans"],
  absent: ["대피 경로를 받지 못했습니다. 유도등과 수신기를 직접 확인하세요",
    "The ways out cannot be had; look at signs and panel themselves"],
  picture: (name: string): Pair => [`${name} 평면도. 같은 내용이 아래 표에 있습니다`, `Plan of ${name}; the table below says the same`],
  closes: (time: string): Pair => [`${time} 막힘 예상`, `closes about ${time}`],
  contradiction: ["서로 어긋납니다. 사람이 정하기 전에는 모두 멈춥니다:", "They contradict; everyone holds until a person decides:"],
  movement: {
    hold: ["흔들림이 멈출 때까지 움직이지 않습니다", "Nobody moves until it is still"],
    shelter: ["위험한 곳의 사람만 움직이고 나머지는 안에 머뭅니다", "Only who is in danger moves; the rest stay inside"],
    free: ["아무도 움직이라고 하지 않습니다", "Nobody is asked to move"],
  } as Record<string, Pair>,
  lift: ["승강기", "Lift"],
  noLift: ["사용 금지", "do not use"],
  places: (n: number): Pair => [`자리 ${n}`, `${n} places`],
  placesLeft: (free: number, all: number): Pair => [`자리 ${all} 중 ${free} 남음`, `${free} of ${all} places left`],
  taken: (taken: number, given: number): Pair => [`안에 ${taken}명 · 올 사람 ${given}명`, `${taken} inside · ${given} to come`],
  refuges: ["대피공간", "Refuges"],
  help: ["혼자 나갈 수 없는 사람", "Who cannot leave without help"],
  without: (n: number): Pair => [`자리 없는 ${n}명`, `${n} without a place`],
  mayWait: (s: string): Pair => [`${s} 안에 나서야 합니다`, `must set out within ${s}`],
  wayAbsent: ["길을 받지 못했습니다. 대피공간에서 기다리게 하세요", "The way cannot be had; have them wait in a refuge"],
  profile: ["누가 나갑니까", "Who walks"],
  profiles: {
    walking: ["걸어서", "Walking"], slow: ["느리게", "Slow"], wheelchair: ["휠체어", "Wheelchair"],
    assisted: ["부축", "Assisted"], "visually-impaired": ["시각장애", "Blind or low vision"], staff: ["직원", "Staff"],
  } as Record<string, Pair>,
} as const;

export const sign: Record<string, Pair> = {
  left: ["왼쪽", "left"], right: ["오른쪽", "right"], ahead: ["직진", "ahead"], up: ["위로", "up"],
  down: ["아래로", "down"], stop: ["정지", "stop"], stay: ["대기", "stay"], refuge: ["대피공간", "refuge"],
};

/** What a step does, where its roles do not say it. */
export const steps: Record<string, Pair> = {
  ask: ["본인 확인", "Ask the resident"],
  "ask-again": ["본인 다시 확인", "Ask the resident again"],
  unanswered: ["응답 없음", "Unanswered"],
  "recommend-119": ["119 신고 권고", "Recommend calling 119"],
};

export const ladder = {
  in: (s: string): Pair => [`${s} 뒤`, `In ${s}`],
  goesTo: (who: string): Pair => [`${who}에게 넘어갑니다`, `it goes to: ${who.toLowerCase()}`],
  told: ["전달됨", "told"],
  willBe: ["예정", "due"],
} as const;

export const overview = {
  lastEnded: (age: string): Pair => [`마지막 사건 ${age} 전 종료`, `Last one closed ${age} ago`],
  allWatched: (n: number): Pair => [`시설 ${n}곳 모두 관측 중`, `${count(n, "site")} on watch`],
  someBlind: (n: number): Pair => [`관측이 멈춘 시설 ${n}곳`, `${count(n, "site")} without a word`],
  endedTitle: ["지난 24시간에 종료된 사건", "Closed within the last 24 hours"],
  endedNone: ["지난 24시간에 종료된 사건이 없습니다", "Nothing was closed within 24 hours"],
  open: ["열린 사건", "Open incidents"],
  rest: ["그 밖의 열린 사건", "Other open incidents"],
  all: (n: number): Pair => [`${ko(n)}건 모두 보기`, `See all ${ko(n)}`],
  undelivered: ["전달 실패한 알림", "Failed notices"],
  undeliveredNone: ["알려진 실패 없음", "No failure known"],
  blind: ["관측 불가 세대", "Blind homes"],
  ofHomes: (n: number): Pair => [`/ ${ko(n)}세대`, `/ ${ko(n)} homes`],
  blindSince: (s: string): Pair => [`가장 오래 ${s}`, `longest ${s}`],
  blindNone: ["모두 보입니다", "All are seen"],
  noHomes: ["세대가 없습니다", "There are no homes"],
  faults: ["기기 장애", "Faults"],
  faultsOf: (n: number): Pair => [`/ ${ko(n)}대`, `/ ${ko(n)} devices`],
  faultsSince: (s: string): Pair => [`가장 오래 ${s}`, `longest ${s}`],
  faultsNone: ["모두 말합니다", "All speak"],
  normal: ["정상", "Normal"],
  cases: (n: number): Pair => [`${ko(n)}건`, `${ko(n)}`],
  building: (devices: number): Pair => [`건물 · 센서 ${ko(devices)}대`, `Building · ${count(devices, "sensor")}`],
  homes: (homes: number, blind: number): Pair => [`${ko(homes)}세대 · 관측 불가 ${ko(blind)}`, `${count(homes, "home")} · ${ko(blind)} blind`],
  last: (s: string): Pair => [`마지막 수신 ${s} 전`, `last heard ${s} ago`],
  sites: ["시설", "Sites"],
  empty: ["첫 시설을 등록하세요", "Bring in the first site"],
  emptyLead: ["세 가지를 마치면 관측이 시작됩니다.", "Three things, and watching begins."],
  steps: [
    { title: ["건물 파일 놓기", "A file of the building"], note: ["config/sites에 구역, 통로, 계단, 출구를 적습니다. 도면이 있으면 jikimi import가 만듭니다", "Zones, ways, stairs and exits in config/sites; jikimi import makes it from a drawing"] },
    { title: ["기기 연결하기", "Connect devices"], note: ["MQTT로 jikimi/v1/시설/기기/reading에 보냅니다. 첫 신호가 기기 화면에 보입니다", "They publish to jikimi/v1/SITE/DEVICE/reading; the first word shows under Devices"] },
    { title: ["세대 확인 걷기", "Walk through the homes"], note: ["모든 센서가 한 번씩 들리면 그 집의 안부를 살핍니다", "Once every sensor was heard, the home is watched"] },
  ] as { title: Pair; note: Pair }[],
} as const;

export const todo = {
  acknowledge: ["접수하기", "Acknowledge"],
  close: ["결과 적고 종료하기", "Close with an outcome"],
  done: ["끝남", "done"],
  write: ["적기", "Write"],
  owner: ["맡을 사람의 계정", "Account of whoever sees to it"],
  assign: ["맡기기", "Assign"],
  comment: ["메모 · 이름은 쓰지 않습니다", "Note; name nobody"],
  itself: ["지킴이", "jikimi"],
  takeOver: ["넘겨받기", "Take over"],
  reopen: ["다시 열기", "Reopen"],
} as const;

export const report = {
  title: ["상황보고", "Situation report"],
  drill: ["훈련 상황보고 · 이 문서의 사건은 훈련입니다", "Drill report · what follows is an exercise"],
  copy: ["글로 복사", "Copy as text"],
  copied: ["복사했습니다", "Copied"],
  lines: {
    what: ["사건", "Incident"], level: ["단계", "Level"], where: ["장소", "Place"], since: ["시작", "Since"],
    state: ["상태", "State"], sure: ["확실한 정도", "Certainty"], evidence: ["근거", "Evidence"],
    course: ["경과", "Course"], notices: ["알림", "Notices"], out: ["대피", "Evacuation"], outcome: ["결과", "Outcome"],
    written: ["작성", "Written"], id: ["번호", "Number"],
  },
  still: ["계속됨", "goes on"],
} as const;

export const home = {
  since: (time: string, span: string): Pair => [`${time}부터 ${span}째`, `since ${time}, for ${span}`],
  visit: ["접수하고 방문 시작", "Take it, start the visit"],
  call119: ["119 전화", "Call 119"],
  outcome: ["결과", "Outcome"],
  fine: ["무사 확인", "Is well"],
  fineHow: ["만났거나 통화함", "met or spoke"],
  fineNote: ["무사 확인", "Is well"],
  real: ["도움이 필요했음", "Needed help"],
  realHow: ["결과를 적고 닫습니다", "closes with an outcome"],
  away: ["병원·외출 등록", "Away or in hospital"],
  awayHow: ["기간을 정합니다", "choose until when"],
  falseHow: ["이유를 고릅니다", "choose why"],
  where: ["어디에 계신가요", "Where"],
  hospital: ["병원", "Hospital"],
  trip: ["외출·여행", "Away"],
  until: ["언제까지인가요", "Until when"],
  days: (n: number): Pair => (n === 0 ? ["오늘", "Today"] : [`${n}일`, `${n} days`]),
  untilWhen: (when: string): Pair => [`${when}까지`, `Until ${when}`],
  awayNote: ["이 기간에는 움직임 알림을 쉽니다. 화재, 가스, 비상 호출은 계속 받습니다. 집에서 움직임이 보이면 등록이 바로 끝납니다.",
    "No notices about stillness meanwhile. Fire, gas and calls for help still come. It ends at the first movement at home."],
  register: ["등록하고 닫기", "Register and close"],
} as const;

export const site = {
  unknown: ["이런 시설이 없습니다", "There is no such site"],
  homes: (n: number): Pair => [`${ko(n)}세대`, count(n, "home")],
  devices: (n: number): Pair => [`기기 ${ko(n)}대`, count(n, "device")],
  configuration: (hash: string): Pair => [`설정 ${hash}`, `configuration ${hash}`],
  troubled: ["장애가 있는 기기", "Devices with a fault"],
} as const;

export const device = {
  faults: ["장애", "Faults"],
  letters: ["읽지 못한 메시지", "Dead letters"],
  noLetters: ["읽지 못한 메시지가 없습니다", "Every message could be read"],
  noFaults: (n: number): Pair => [`기기 ${ko(n)}대 모두 말하고 있습니다`, `All ${count(n, "device")} speak`],
  none: ["찾는 기기가 없습니다", "No such device"],
  narrow: (n: number): Pair => [`${ko(n)}대 더 있습니다. 찾기로 줄이세요`, `${ko(n)} more; narrow the search`],
  everySite: ["모든 시설", "Every site"],
  well: ["정상", "Well"],
  limit: (s: string): Pair => [`${s} 조용하면 장애`, `silent after ${s}`],
  columns: { id: ["기기", "Device"], where: ["장소", "Place"], reads: ["재는 것", "Measures"], state: ["상태", "State"], since: ["언제부터", "Since"] },
  topic: ["주제", "Topic"], reason: ["까닭", "Reason"], payload: ["내용", "Payload"],
  battery: ["배터리", "Battery"],
  on: ["켜짐", "on"], off: ["꺼짐", "off"],
  trace: ["세대의 움직임 기록은 까닭을 적고 따로 엽니다", "A home's trace is opened by itself, with a reason"],
  noSeries: ["아직 그릴 값이 없습니다", "No values to draw yet"],
  series: (least: string, most: string, now: string): Pair => [`최소 ${least}, 최대 ${most}, 지금 ${now}`, `from ${least} to ${most}, now ${now}`],
  clocks: { message: ["마지막 신호", "Last message"], messageWhy: ["중계 서버의 기억까지 포함", "The broker's memory included"],
    fresh: ["마지막 제 소식", "Last fresh word"], freshWhy: ["살아 있는지는 이것으로 봅니다", "Whether it lives goes by this"],
    change: ["마지막 변화", "Last change"], changeWhy: ["값이 앞과 달라진 때", "When a value last differed"] },
  rules: {
    "device-silent": ["응답 없음", "Silent"], "device-stuck": ["값이 굳음", "Stuck"], "device-battery": ["배터리 부족", "Low battery"],
    "device-tamper": ["덮개 열림", "Opened"], "gateway-dead": ["통신기 꺼짐", "Gateway dead"], "clock": ["시계 틀림", "Wrong clock"],
    "reading-range": ["범위 벗어남", "Out of range"], "reading-jump": ["값이 튐", "Jumped"], "panel-fault": ["수신기 고장", "Panel fault"],
    "panel-reset": ["수신기 복구 중", "Panel reset"], "blind": ["관측 불가", "Blind"],
  } as Record<string, Pair>,
} as const;

export const homes = {
  title: ["세대", "Homes"],
  needs: ["확인 필요", "Needs a look"],
  blind: ["관측 불가", "Blind"],
  away: ["부재 등록", "Away"],
  usual: ["평소와 같음", "As usual"],
  blindLead: ["조용한 집이 아니라 보이지 않는 집입니다", "Not quiet homes: homes nobody can see into"],
  none: ["모든 세대가 평소와 같습니다", "Every home is as usual"],
  usualN: (n: number): Pair => [`평소와 같음 ${ko(n)}세대`, `${count(n, "home")} as usual`],
  state: {
    stillness: ["움직임 없음", "Stillness"], sos: ["응급호출", "Call for help"], fall: ["넘어짐", "Fall"],
    blind: ["관측 불가", "Blind"],
  } as Record<string, Pair>,
  unknownState: ["안부를 알 수 없음", "Cannot say how they are"],
  open: ["보기", "Open"],
  pick: ["세대를 고르면 여기에 보입니다", "Choose a home to see it here"],
  load: ["오늘 맡은 사건", "Taken today"],
  loadN: (n: number): Pair => [`${ko(n)}건`, `${ko(n)}`],
  loadOpen: (n: number): Pair => [`진행 중 ${ko(n)}`, `${ko(n)} open`],
  loadNone: ["오늘 맡은 사람이 아직 없습니다", "Nobody has taken one today"],
  decline: ["생활이 줄어드는 모습", "Slow decline"],
  declineNone: ["줄어드는 모습 없음", "None seen"],
  byDay: ["하루하루", "Day by day"],
  byDayPicture: ["날마다의 움직임", "Movements of each day"],
  missing: { touch: ["앞을 지나가세요", "walk past it"], opening: ["문을 여세요", "open the door"],
    shutting: ["문을 닫으세요", "shut the door"], reversed: ["거꾸로 달렸습니다", "mounted the wrong way round"] } as Record<string, Pair>,
  walkPassed: ["점검 통과", "passed"], walkNot: ["점검 전", "not yet"],
  devices: ["센서", "Sensors"],
  deviceWell: (well: number, all: number): Pair => [`${all}개 중 ${well}개 정상`, `${well} of ${all} well`],
  trace: ["움직임 기록", "Trace"],
  reason: ["여는 까닭 (이름은 쓰지 않습니다)", "Why it has to be seen (name nobody)"],
  openTrace: ["움직임 기록 열기", "Open the trace"],
  week: ["평소 생활", "The usual week"],
  weekOf: (n: number): Pair => [`움직임 ${ko(n)}번`, `${ko(n)} movements`],
  weekPicture: ["요일과 시간별 움직임", "Movements by weekday and hour"],
  weekdays: [["월", "Mo"], ["화", "Tu"], ["수", "We"], ["목", "Th"], ["금", "Fr"], ["토", "Sa"], ["일", "Su"]] as Pair[],
  hour: (n: number): Pair => [`${n}시`, `${n}:00`],
  traceNote: ["까닭을 적어야 열리고, 연 사람과 까닭이 기록에 남습니다.", "Opened with a reason only; who opened it and why is kept."],
  past: ["지난 사건", "Earlier incidents"],
  pastNone: ["지난 사건이 없습니다", "None"],
  help: ["대피 도움 필요", "Needs help to leave"],
  registered: ["등록된 것", "Registered"],
  consent: ["동의", "Consent"],
  consentNight: ["밤낮 모두", "day and night"], consentDay: ["낮에만", "by day only"], consentNone: ["없음", "none"],
  isHome: ["등록된 부재 없음", "no absence"],
  back: ["돌아오심", "Is back"],
  walk: ["걷기 점검", "Walk test"], walkBegin: ["걷기 점검 시작", "Begin the walk test"], walkEnd: ["걷기 점검 끝", "End the walk test"],
  kinds: {
    motion: ["움직임", "Motion"], "exit-door": ["현관문", "Way out"], door: ["문", "Door"], sos: ["응급호출", "Call button"],
    temperature: ["온도", "Temperature"], smoke: ["연기", "Smoke"], gas: ["가스", "Gas"], bed: ["침대", "Bed"], radar: ["레이더", "Radar"],
    "power-meter": ["전력", "Power"], "water-meter": ["수도", "Water"], gateway: ["통신기", "Gateway"],
  } as Record<string, Pair>,
} as const;

export const block = {
  title: ["경보층의 세대", "Homes on the alerted storeys"],
  counts: (all: number, helped: number, home: number, away: number): Pair => [
    `${ko(all)}세대 · 도움 필요 ${ko(helped)} · 집에 있음 ${ko(home)} · 부재 ${ko(away)}`,
    `${count(all, "home")} · ${helped} need help · ${home} at home · ${away} away`],
  home: ["집에 있음", "At home"],
  away: ["부재 등록", "Away, as registered"],
  empty: ["등록된 사람 없음", "Nobody registered"],
  stale: ["세대 목록을 새로 받지 못했습니다. 보이는 것은 조금 전 것입니다", "The homes could not be asked again; this is from a moment ago"],
} as const;

export const notices = {
  title: ["알림", "Notices"],
  waiting: (n: number): Pair => [`보낼 차례 ${ko(n)}건`, `${ko(n)} waiting`],
  waitingSince: (n: number, s: string): Pair => [`기다리는 알림 ${ko(n)}건 · 가장 오래 ${s}`, `${ko(n)} waiting, longest ${s}`],
  none: ["열린 사건에 보낼 알림이 없습니다", "No notice of what is open"],
  status: { queued: ["보낼 차례", "waiting"], handed: ["보냄", "sent"], stopped: ["멈춤", "stopped"] } as Record<string, Pair>,
} as const;

export const persons = {
  title: ["연락처", "Contacts"],
  note: ["이름과 번호는 눌러야 보이고, 본 사람이 기록에 남습니다.", "Shown when asked for; who looked is kept."],
  show: ["연락처 보기", "Show contacts"],
  hide: ["가리기", "Hide"],
  none: ["입력된 사람이 없습니다", "Nobody has been entered"],
  resident: ["본인", "Resident"],
  contact: ["비상 연락처", "Emergency contact"],
  foreign: ["다른 담당자의 세대입니다. 응급이면 까닭을 적고 여세요.", "Others look after this home. In an emergency, give the reason."],
  reason: ["응급인 까닭 (이름은 쓰지 않습니다)", "What the emergency is (name nobody)"],
  breakGlass: ["응급으로 열기", "Open in an emergency"],
} as const;

export const rules = {
  title: ["규칙과 상황", "Rules and situations"],
  lead: ["사람이 결과를 적은 사건만 셉니다. 시험은 뺍니다.", "Only what a person has closed counts; tests are left out."],
  days: (n: number): Pair => [`최근 ${n}일`, `last ${n} days`],
  byRule: ["규칙별 정밀도", "Precision by rule"],
  byDevice: ["기기별 정밀도", "Precision by device"],
  service: ["점검할 기기", "Devices to look at"],
  none: ["아직 사람이 결과를 적은 경보가 없습니다", "No alarm has been given an outcome yet"],
  columns: { id: ["이름", "Name"], precision: ["정밀도", "Precision"], range: ["95 % 구간", "95 % interval"],
    real: ["실제", "Real"], wrong: ["오경보", "False"], why: ["무엇이었나", "What it was"] },
  situations: ["상황", "Situations"],
  loaded: ["불러온 규칙", "Rules loaded"],
  because: ["까닭과 출처", "Reason and source"],
  becauseNote: ["설정 파일에 적힌 그대로입니다", "As it stands in the file"],
  kind: ["종류", "Kind"],
  ruleColumns: { rule: ["규칙", "Rule"], level: ["단계", "Level"], how: ["방법", "How"], devices: ["기기", "Devices"], precision: ["정밀도", "Precision"] },
  devicesN: (n: number): Pair => [`${ko(n)}대`, ko(n)],
} as const;

export const backtest = {
  title: ["고친 규칙 시험", "Try a change"],
  lead: ["파일에 적힌 규칙으로 지난 며칠의 기록을 다시 돌려, 지금 도는 규칙과 견줍니다. 아무것도 바뀌거나 알려지지 않습니다.",
    "The log of the last days once more under the rules in the files, beside those that run. Nothing changes, nobody is told."],
  begin: (n: number): Pair => [`최근 ${n}일로 시험`, n === 1 ? "Try on the last day" : `Try on the last ${n} days`],
  running: (n: number): Pair => [`시험하는 중 · 입력 ${ko(n)}건`, `Running · ${count(n, "input")}`],
  done: (n: number, from: string): Pair => [`${from}부터 입력 ${ko(n)}건`, `${count(n, "input")} since ${from}`],
  cut: ["입력이 너무 많아 앞부분만 시험했습니다", "There were too many inputs; only the first were tried"],
  failed: ["파일에 잘못이 있어 시험하지 못했습니다", "The files are wrong; nothing was tried"],
  none: ["이 서비스는 설정 파일을 읽지 않습니다", "This service reads no files"],
  same: ["파일과 지금 도는 규칙이 같습니다", "The files say what runs"],
  changes: { added: ["더함", "added"], removed: ["뺌", "removed"], changed: ["바뀜", "changed"] } as Record<string, Pair>,
  columns: { kind: ["상황", "Kind"], now: ["지금", "Now"], then: ["고치면", "Changed"], difference: ["차이", "Difference"], real: ["실제", "Real"], wrong: ["오경보", "False"], calls: ["연락", "Calls"] },
  onlyNow: ["지금만", "now only"], onlyThen: ["고치면 새로", "new"], both: ["다르게", "differently"],
  difference: ["달라지는 사건", "What would differ"],
  noDifference: ["달라지는 사건이 없습니다", "No incident would differ"],
  more: (n: number): Pair => [`그 밖에 ${ko(n)}건 (세대는 수만 보입니다)`, `${ko(n)} more; homes are counted only`],
  reload: ["파일의 규칙을 쓰기", "Use the rules in the files"],
  reloadNote: ["시험한 파일을 다시 읽어 바로 적용합니다. 잘못이 있으면 아무것도 바뀌지 않습니다.",
    "Reads the files again and they hold at once. If anything is wrong, nothing changes."],
  reloaded: (n: number): Pair => [n === 0 ? "바뀐 것이 없습니다" : `시설 ${n}곳에 적용했습니다`, n === 0 ? "Nothing has changed" : `It holds at ${count(n, "site")}`],
} as const;

export const handover = {
  title: ["인수인계", "Shift handover"],
  last: (n: number): Pair => [`최근 ${n}시간`, `last ${n} hours`],
  open: ["열린 사건", "Open"],
  closed: ["종료된 사건", "Closed"],
  faults: ["장애", "Faults"],
  nobody: ["없음", "None"],
  at: (when: string): Pair => [`${when} 기준`, `as of ${when}`],
  from: ["넘기는 사람", "From"], to: ["받는 사람", "To"],
} as const;

export const people = {
  title: ["사람과 감사", "People and audit"],
  accounts: ["계정", "Accounts"],
  audit: ["감사 기록", "Audit"],
  none: ["이 서비스에는 아직 계정이 없습니다. 이 컴퓨터에서만 열립니다.", "This service has no accounts yet; it opens on this machine only."],
  add: ["새 계정", "New account"], make: ["만들기", "Make"], save: ["저장", "Save"], edit: ["고치기", "Change"],
  account: ["계정 이름 (영문 소문자, 숫자, -)", "Account (a-z, 0-9, -)"],
  role: ["역할", "Role"], site: ["시설", "Site"], everywhere: ["모든 시설", "Every site"],
  addRole: ["역할 더하기", "Add a role"], dropRole: ["빼기", "Remove"],
  disable: ["막기", "Disable"], enable: ["다시 열기", "Let in again"], disabled: ["막힘", "disabled"],
  factor: ["인증 번호 있음", "second factor"],
  renew: ["새 비밀번호", "New password"],
  password: (who: string): Pair => [`${who}의 비밀번호 · 지금 한 번만 보입니다`, `Password of ${who} · shown this once`],
  tokens: ["토큰", "Tokens"], tokensNote: ["프로그램이 들어오는 열쇠입니다. 계정보다 많이 할 수 없습니다.", "Keys for programs; never good for more than their account."],
  tokenName: ["토큰 이름", "Name"], scopes: ["범위", "Scopes"], days: ["며칠", "Days"], until: (when: string): Pair => [`${when}까지`, `until ${when}`],
  token: (name: string): Pair => [`${name} 토큰 · 지금 한 번만 보입니다`, `Token ${name} · shown this once`],
  end: ["끝내기", "End"], tokensNone: ["토큰이 없습니다", "There are no tokens"],
  scopeNames: { read: ["읽기", "read"], command: ["명령", "command"], metrics: ["계수", "metrics"], residents: ["세대 자료", "residents"] } as Record<string, Pair>,
  every: ["모두", "Everyone"], everyAction: ["모든 일", "Everything"], older: ["더 보기", "Older"],
  actions: {
    "logged-in": ["들어옴", "Logged in"], "login-failed": ["들어오지 못함", "Login failed"], "logged-out": ["나감", "Logged out"],
    "set-up": ["첫 관리자", "First administrator"], "password-changed": ["비밀번호 바꿈", "Password changed"],
    "second-factor-changed": ["인증 번호 바꿈", "Second factor changed"], "account-changed": ["계정 바꿈", "Account changed"],
    "token-changed": ["토큰 바꿈", "Token changed"], denied: ["거절됨", "Denied"], commanded: ["명령", "Command"],
    "trace-viewed": ["움직임 기록 봄", "Trace viewed"], "person-viewed": ["연락처 봄", "Contacts viewed"],
    "broken-glass": ["응급으로 봄", "Opened in an emergency"], "person-changed": ["사람 정보 바꿈", "Persons changed"],
    "person-exported": ["사람 정보 내보냄", "Persons exported"], "person-deleted": ["사람 정보 지움", "Persons deleted"],
    downloaded: ["내려받음", "Downloaded"], "configuration-reloaded": ["규칙 다시 읽음", "Rules reloaded"],
    "setting-changed": ["설정 바꿈", "Setting changed"], pruned: ["오래된 것 지움", "Pruned"],
  } as Record<string, Pair>,
  name: ["이름", "Name"], roles: ["역할", "Roles"], state: ["상태", "State"], at: ["때", "When"],
  who: ["누가", "Who"], what: ["무엇을", "What"], from: ["어디서", "From"],
} as const;

export const login = {
  title: ["들어가기", "Sign in"],
  account: ["계정", "Account"],
  password: ["비밀번호", "Password"],
  code: ["인증 번호 (사무실 밖에서)", "Code (off the office network)"],
  enter: ["들어가기", "Sign in"],
  wrong: ["계정이나 비밀번호가 맞지 않습니다", "Account or password is wrong"],
  codeWanted: ["인증 번호도 넣어 주세요", "The code is wanted as well"],
  tooMany: ["너무 많이 시도했습니다. 잠시 뒤 다시 하세요", "Too many tries; wait a while"],
  open: ["계정 없음 · 이 컴퓨터의 사람이 관리자입니다", "No accounts yet: whoever sits here is administrator"],
  expired: ["로그인이 끝났습니다. 다시 들어오세요.", "Your session has ended. Sign in again."],
} as const;

export const siteActions = {
  declare: ["상황 발령", "Declare a situation"],
  drill: ["훈련 시작", "Begin a drill"],
  silence: ["알림 멈춤", "Silence"],
  silenced: ["알림이 멈춘 곳", "Silenced"],
  until: (when: string): Pair => [`${when}까지`, `until ${when}`],
  end: ["끝내기", "End"],
  kind: ["무엇을", "What"], place: ["어디서", "Where"], minutes: ["몇 분 동안", "For minutes"], because: ["까닭", "Reason"],
} as const;

export const load = {
  title: ["일의 양", "Load"],
  announced: ["관제요원에게 알린 사건", "Incidents told to operators"],
  perOperator: (n: number): Pair => [`한 사람 10분에 ${n}건 · 목표 1 이하`, `${n} per operator and 10 min; goal 1`],
  flood: ["넘친 시간", "Time in flood"], floodGoal: ["10분에 10건 넘음 · 목표 1 % 미만", "above 10 in 10 min; goal below 1 %"],
  calls: ["생활지원사 연락", "Calls to workers"],
  perWorker: (n: number): Pair => [`한 사람 하루 ${n}건`, `${n} per worker and day`],
  acknowledged: ["접수까지", "Until acknowledged"],
  p90: (s: string): Pair => [`열에 아홉은 ${s} 안`, `nine in ten within ${s}`],
} as const;
