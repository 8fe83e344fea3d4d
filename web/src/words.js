// Every word of the page, Korean and English. Levels, kinds and outcomes are named once, here.

const pair = (ko, en) => ({ ko, en });
const counted = (n, noun) => `${n} ${noun}${n === 1 ? "" : "s"}`;

export const levels = {
  attention: pair("관심", "Attention"),
  caution: pair("주의", "Caution"),
  warning: pair("경계", "Warning"),
  critical: pair("심각", "Critical"),
};
export const levelOrder = ["critical", "warning", "caution", "attention"];

export const classes = {
  alarm: pair("경보", "alarm"),
  supervisory: pair("감시", "supervisory"),
  trouble: pair("장애", "fault"),
};

export const outcomes = {
  real: pair("실제 상황", "it was real"),
  cooking: pair("조리", "cooking"),
  steam: pair("수증기", "steam"),
  insect: pair("벌레", "an insect"),
  dust: pair("먼지", "dust"),
  cigarette: pair("담배 연기", "cigarette smoke"),
  fault: pair("단말 고장", "a faulty device"),
  test: pair("시험", "a test"),
  misuse: pair("장난·오조작", "misuse"),
  "other-false": pair("그 밖의 오경보", "another false alarm"),
};

export const quantities = {
  temperature: pair("온도", "temperature"),
  smoke: pair("연기", "smoke"),
  co: pair("일산화탄소", "carbon monoxide"),
  gas: pair("가스", "gas"),
  water_level: pair("수위", "water level"),
  acceleration: pair("가속도", "acceleration"),
  power: pair("전력", "power"),
  energy: pair("전력량", "energy"),
  water: pair("수돗물", "water"),
  humidity: pair("습도", "humidity"),
  occupancy: pair("인원", "persons"),
  motion: pair("움직임", "motion"),
  presence: pair("재실", "presence"),
  contact: pair("문 열림", "door open"),
  leak: pair("누수", "leak"),
  float_switch: pair("수위 스위치", "float switch"),
  smoke_alarm: pair("연기감지기 경보", "smoke alarm"),
  gas_alarm: pair("가스경보기 경보", "gas alarm"),
  panel_alarm: pair("수신기 경보", "panel in alarm"),
  panel_fault: pair("수신기 고장", "panel fault"),
  call_point: pair("발신기 누름", "call point pressed"),
  sos: pair("응급호출", "call for help"),
  fall: pair("넘어짐", "fall"),
  mains: pair("상용 전원", "mains power"),
  tamper: pair("덮개 열림", "housing opened"),
  battery: pair("배터리", "battery"),
};

// What to do next, as an imperative: by kind of incident, before and after a person has it.
const next = {
  fire: {
    open: pair("접수하고 119에 신고하세요", "Acknowledge, and call 119"),
    acknowledged: pair("아래 대피 경로로 안내하고 현장을 확인하세요",
      "Lead people out by the ways below; have the place checked"),
  },
  gas: {
    open: pair("접수하고 가스를 잠그게 하세요. 불꽃과 전기 스위치는 안 됩니다",
      "Acknowledge, have the gas shut off; no flame, no switches"),
    acknowledged: pair("환기시키고 사람들을 밖으로 안내하세요", "Have it aired, and lead people out"),
  },
  co: {
    open: pair("접수하고 119에 신고하세요. 모두 밖으로 나가야 합니다",
      "Acknowledge, and call 119; everyone has to go out"),
    acknowledged: pair("환기시키고 사람들을 밖으로 안내하세요", "Have it aired, and lead people out"),
  },
  flood: {
    open: pair("접수하고 그 층에서 사람들을 위로 올려보내세요",
      "Acknowledge, and send people up from that storey"),
    acknowledged: pair("물이 어디서 오는지 확인하세요", "Find out where the water comes from"),
  },
  blackout: {
    open: pair("접수하고 승강기에 갇힌 사람이 있는지 확인하세요",
      "Acknowledge, and see whether anyone is in the lift"),
    acknowledged: pair("비상조명과 예비 전원을 확인하세요", "Check emergency light and standby power"),
  },
  crowding: {
    open: pair("접수하고 더 들어가지 못하게 하세요", "Acknowledge, and let nobody else in"),
    acknowledged: pair("문을 열고 사람들을 나누어 내보내세요", "Open the doors; let people out in parts"),
  },
  sos: {
    open: pair("접수하고 전화하세요. 응답이 없으면 119", "Acknowledge and call; no answer: 119"),
    acknowledged: pair("응답이 없으면 119와 함께 방문하세요", "If nobody answers, visit with 119"),
  },
  fall: {
    open: pair("접수하고 전화하세요. 응답이 없으면 119", "Acknowledge and call; no answer: 119"),
    acknowledged: pair("응답이 없으면 119와 함께 방문하세요", "If nobody answers, visit with 119"),
  },
  stillness: {
    open: pair("접수하고 전화로 안부를 물으세요", "Acknowledge, and ask by telephone"),
    acknowledged: pair("전화를 받지 않으면 방문하세요", "If nobody answers, visit"),
  },
};
const nextOtherwise = {
  open: pair("접수하고 현장을 확인하게 하세요", "Acknowledge, and have the place checked"),
  acknowledged: pair("현장을 확인하고 결과를 입력하세요", "Check the place, and say what it was"),
};
const nextOfFault = {
  open: pair("단말의 전원과 통신을 확인하세요", "Check the device's power and connection"),
  acknowledged: pair("고친 뒤 결과를 입력하세요", "When it is mended, say what it was"),
};
const nextWhenOver = pair("신호는 멎었습니다. 현장을 확인하고 종료하세요",
  "The signals have ceased. Check the place, then close");

export function nextStep(incident) {
  if (!incident.stands) return nextWhenOver;
  const known = next[incident.kind];
  return (known ?? (incident.class === "trouble" ? nextOfFault : nextOtherwise))[incident.state];
}

export const link = {
  opening: pair("연결하는 중", "Connecting"),
  well: pair("연결됨", "Connected"),
  lost: pair("끊김", "Lost"),
  deaf: pair("소식 없음", "Deaf"),
  behind: pair("밀림", "Behind"),
  heard: pair("마지막 수신", "last heard"),
  retry: pair("다시 연결", "Connect again"),
};

// What is wrong with the connection, as loud as an incident.
export const banners = {
  lost: pair("연결이 끊겼습니다. 이 화면은 멈춰 있습니다", "Connection lost: this screen is frozen"),
  lostNote: pair("아래 내용은 지금과 다를 수 있습니다. 수신기와 현장을 직접 확인하세요.",
    "What stands below may be out of date. Look at the panel and at the place itself."),
  deaf: pair("단말의 소식을 받지 못합니다", "No device can reach us"),
  deafNote: pair("통신기(MQTT)와 끊겼습니다. 새 상황이 보이지 않을 수 있습니다.",
    "The MQTT broker is away. A new incident may go unseen."),
  behind: pair("처리가 밀려 있습니다", "The service is behind"),
  behindNote: pair("보이는 내용이 늦습니다.", "What is shown comes late."),
};

export const incident = {
  none: pair("재난 경보가 없습니다", "No disaster alarms"),
  since: pair("시작", "Since"),
  why: pair("근거", "Why"),
  next: pair("다음 할 일", "Do next"),
  unowned: pair("접수 전", "Nobody has it"),
  owned: pair("접수됨", "Acknowledged"),
  exercise: pair("훈련", "Exercise"),
  over: pair("끝남", "over"),
  late: pair("늦게 도착", "told late"),
  acknowledge: pair("접수하기", "Acknowledge"),
  resolve: pair("상황 종료", "Close"),
  show: pair("평면도 보기", "Show on plan"),
  watched: (count) => pair(`단말 ${count}대가 지켜봅니다`, `${counted(count, "device")} on watch`),
  lastInput: pair("마지막 측정", "last measurement"),
  until: (time) => pair(`${time}까지`, `until ${time}`),
  evidence: (count, devices) =>
    pair(`단말 ${devices}대 · 근거 ${count}건`,
      `${counted(devices, "device")} · ${counted(count, "piece")} of evidence`),
  more: (count) => pair(`그 밖의 근거 ${count}건`, `${count} more`),
};

export const confirm = {
  acknowledge: pair("접수합니다", "Acknowledge"),
  acknowledgeNote: pair("현장을 확인할 사람이 있을 때 접수하세요. 30분 동안 다시 울리지 않습니다.",
    "Acknowledge when someone goes to look. It will not ring again for 30 minutes."),
  actor: pair("접수자: 이 화면(local). 계정이 생길 때까지 이름 대신 적힙니다.",
    "By: this screen (local), which stands for a name until there are accounts."),
  acknowledgeYes: pair("현장 확인, 접수하기", "Someone goes: acknowledge"),
  resolve: pair("무엇이었습니까?", "What was it?"),
  resolveNote: pair("종료하면 대피 안내도 끝납니다. 현장 확인 뒤에 입력하세요.",
    "Closing ends the guidance too. Give the outcome once the place has been seen."),
  note: pair("메모 (선택)", "Note (optional)"),
  resolveYes: pair("결과를 적고 종료", "Record and close"),
  back: pair("돌아가기", "Back"),
  refused: pair("되지 않았습니다", "It was not done"),
  noAnswer: pair("답이 없습니다. 다시 누르면 한 번만 처리됩니다.",
    "No answer. Press again: it is carried out once."),
};

export const homes = {
  title: pair("미활동 세대", "Silent homes"),
  lead: pair("화재가 아니라 사람의 안부입니다", "About people, not about fire"),
};

export const faults = {
  title: pair("장애", "Faults"),
  lead: pair("볼 수 없는 곳이 있다는 뜻이며, 경보가 아닙니다", "Where the system cannot see; no alarms"),
  count: (count) => pair(`${count}건`, `${count}`),
};

export const plan = {
  title: pair("평면도", "Floor plan"),
  hazard: pair("위험", "hazard"),
  unknown: pair("모름", "unknown"),
  absent: pair("평면도를 받지 못했습니다", "The plan cannot be had"),
  bare: pair("이 시설에는 평면도가 없습니다", "This site has no plans"),
};

export const ways = {
  title: pair("대피 경로", "Ways out"),
  zone: pair("구역", "Zone"),
  to: pair("가는 곳", "Where to"),
  length: pair("거리", "Length"),
  time: pair("시간", "Time"),
  exit: pair("비상구", "exit"),
  refuge: pair("대피 공간으로", "to the refuge"),
  stay: pair("나갈 수 없음: 머무르기", "no way out: stay"),
  stayNote: pair("문을 닫고 위치를 알리세요", "close the door, make yourselves known"),
  burning: pair("곧바로 나가기", "leave at once"),
  avoids: pair("피하는 곳", "avoids"),
  through: pair("모르는 곳을 지남", "through the unknown"),
  unknowns: pair("알 수 없는 구역", "Zones nobody can see"),
  absent: pair("대피 경로를 받지 못했습니다", "The ways out cannot be had"),
};

export const storey = (level) => level < 0
  ? pair(`지하 ${-level}층`, `B${-level}`)
  : pair(`${level}층`, `${level}F`);

// A span in the two largest units that say something: "1분 5초".
export function span(seconds) {
  const s = Math.floor(seconds);
  const [d, h, m] = [Math.floor(s / 86400), Math.floor(s / 3600) % 24, Math.floor(s / 60) % 60];
  if (d > 0) return pair(`${d}일 ${h}시간`, `${d} d ${h} h`);
  if (h > 0) return pair(`${h}시간 ${m}분`, `${h} h ${m} min`);
  if (m > 0) return pair(`${m}분 ${s % 60}초`, `${m} min ${s % 60} s`);
  return pair(`${s}초`, `${s} s`);
}
